import { assert, walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees, accessible }) => {
  await logIn();
  const applications = page.getByRole("group", { name: "Applications" });
  await sees("60 of 70 applications.", applications);
  assert.equal(await applications.locator(".item").count(), 60);
  await page.getByRole("button", { name: "Show 10 more" }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-side="stakeholders"] .item').length === 70);

  // Found by name, and who is connected comes first.
  await page.getByRole("searchbox").fill("app_69");
  await page.waitForFunction(() => document.querySelectorAll('[data-side="stakeholders"] .item').length === 1);
  await page.getByRole("searchbox").fill("");
  await sees("60 of 70 applications.", applications);
  await page.getByRole("button", { name: /^sales.orders/ }).click();
  await page.getByRole("button", { name: /^status text 35/ }).click();
  await sees("It would break 35 applications");
  await page.waitForFunction(() => [...document.querySelectorAll('[data-side="stakeholders"] .item')].slice(0, 35).every((item) => !item.classList.contains("far")));
  await accessible("a crowd");

  // What is older is shown below, also after a failure.
  expect(503);
  let isAway = true;
  await page.route("**/api/v1/audit?*before=*", (route) => (isAway
    ? route.fulfill({ status: 503, json: { errors: { detail: "The database can't be reached just now." } } })
    : route.continue()));
  await go("audit");
  await page.getByRole("button", { name: "Show older ones" }).click();
  await sees("The database can't be reached just now.");
  isAway = false;
  await page.getByRole("button", { name: "Show older ones" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".entry").length === 100);
  assert.equal(await page.getByText("The database can't be reached just now.").count(), 0);
}, { width: 1440 });
