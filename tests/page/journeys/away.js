import { walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees }) => {
  await logIn();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();
  expect(503);
  let isAway = true;
  await page.route("**/api/v1/dependencies*", (route) => (isAway
    ? route.fulfill({ status: 503, headers: { "Retry-After": "1" }, json: { errors: { detail: "The database can't be reached just now." } } })
    : route.continue()));
  await go("stakeholders");
  await sees("The database can't be reached just now.");
  isAway = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: /^search/ }).first().waitFor();
});
