import { assert, walk } from "../browser.js";

await walk(async ({ page, logIn, sees, expect }) => {
  await logIn();
  const open = (name) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name }).click();

  await open("Unmet claims");
  await sees("sales.payments.card_country");
  await sees("column is gone");
  await page.getByRole("link", { name: /^fraud/ }).click();
  await page.getByLabel("Claims", { exact: true }).waitFor();

  assert.match(await page.title(), /^fraud.*: Claims · IntegrateDB$/);

  await open("Drift");
  const missing = page.locator(".problem").filter({ hasText: "SELECT on sales.orders (id)" });
  await sees("A repair mends it", missing);
  await missing.getByRole("button", { name: "Copy Statement" }).click();
  await sees("Statement copied.");

  await open("Migrations");
  const entry = page.locator(".entry").first();
  await sees("synced", entry);
  await entry.locator("summary").click();
  await entry.locator("details li").first().waitFor();

  await page.getByRole("link", { name: "Refused migrations in the audit" }).click();
  await sees("A refused migration is entered while");
  assert.equal(await page.getByLabel("Action").inputValue(), "migration.refused");
  // The whole chain is read when somebody asks for that.
  assert.equal(await page.getByText("Intact.").count(), 0);
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await sees("Intact.");

  await open("Audit");
  const entries = page.locator(".entry");
  await entries.first().waitFor();
  const all = await entries.count();
  await page.getByLabel("Action").fill("stakeholder.create");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.waitForFunction((before) => document.querySelectorAll(".entry").length < before, all);
  assert.ok((await entries.locator(".action").allTextContents()).every((action) => action === "stakeholder.create"));
  expect(422);
  await page.getByLabel("Action").fill("");
  await page.getByLabel("What").fill("nobody at all");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.locator(".empty, .wrong:not(:empty)").first().waitFor();
});
