import { assert, walk } from "../browser.js";

await walk(async ({ page, logIn, go, sees, accessible }) => {
  await logIn();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Users" }).count(), 0);

  await go("stakeholders");
  const make = page.getByRole("button", { name: "New stakeholder" });
  assert.equal(await make.getAttribute("aria-disabled"), "true");
  await accessible("what may only be looked at");
  await make.click({ force: true });
  await sees("This takes an operator; you are a viewer.");
  assert.equal(await page.getByRole("dialog").count(), 0);

  await page.getByRole("link", { name: /^search/ }).first().click();
  await page.getByLabel("Claims", { exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Check" }).getAttribute("aria-disabled"), "true");
  for (const view of ["unmet", "drift", "journal", "audit", "keys"]) {
    await go(view);
    await page.locator("h1").waitFor();
  }
});
