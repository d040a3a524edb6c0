import { assert, walk } from "../browser.js";

await walk(async ({ page, logIn, sees, expect }) => {
  await logIn();
  const open = (name) => page.getByRole("navigation", { name: "Views" }).getByRole("link", { name }).click();

  await open("Unmet claims");
  await sees("sales.payments.card_country");
  await sees("column is gone");
  await page.getByRole("link", { name: /^fraud/ }).click();
  await page.getByLabel("Claims", { exact: true }).waitFor();

  await open("Drift");
  await page.getByRole("heading", { name: "Drift" }).waitFor();
  await page.locator(".problem, .empty").first().waitFor();

  await open("Migrations");
  const entry = page.locator(".entry").first();
  await sees("synced", entry);
  await entry.locator("summary").click();
  await entry.locator("details li").first().waitFor();

  await open("Audit");
  await sees("Intact.");
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
