import { assert, walk } from "../browser.js";

await walk(async ({ page, logIn, sees, focused, accessible }) => {
  await logIn();
  const tables = page.getByRole("group", { name: "Tables and columns" });
  const applications = page.getByRole("group", { name: "Applications" });
  const detail = page.getByRole("complementary", { name: "Selection" });
  await sees("unmet claims", detail);

  // Lines in three looks, and what is unmet in red.
  const lines = page.locator("svg.lines path");
  await lines.nth(2).waitFor({ state: "attached" });
  const red = await page.locator("path.line.unmet").first().evaluate((line) => getComputedStyle(line).stroke);
  const other = await page.locator("path.line:not(.unmet)").first().evaluate((line) => getComputedStyle(line).stroke);
  assert.notEqual(red, other);
  await tables.getByRole("button", { name: /sales.payments unmet/ }).waitFor();

  // A column: who breaks, who has something else, who may do without.
  await tables.getByRole("button", { name: /public.customers/ }).click();
  await tables.getByRole("button", { name: /^email/ }).click();
  await sees("It would break 1 application", detail);
  await applications.getByRole("button", { name: /billing.* breaks/ }).waitFor();
  await applications.getByRole("button", { name: /mailer.* or public.customers.contact_email/ }).waitFor();
  await tables.getByRole("button", { name: /sales.orders/ }).click();
  await tables.getByRole("button", { name: /^status/ }).click();
  await applications.getByRole("button", { name: /mailer.* optional/ }).waitFor();

  // An application: what it needs.
  await applications.getByRole("button", { name: /^fraud/ }).click();
  await sees("1 claim of it is unmet", detail);
  await detail.getByRole("button", { name: "sales.payments" }).click();
  await tables.getByRole("button", { name: /^card_country.* gone/ }).waitFor();
  await detail.getByRole("button", { name: "Clear" }).click();

  // Found by searching, and only what is unmet.
  await page.getByRole("searchbox").fill("products");
  await tables.getByRole("button", { name: /sales.orders/ }).waitFor({ state: "detached" });
  await applications.getByRole("button", { name: /^search/ }).waitFor();
  await page.getByRole("searchbox").fill("");
  const height = () => page.locator(".stage").evaluate((stage) => stage.getBoundingClientRect().height);
  await tables.getByRole("button", { name: /sales.orders/ }).waitFor();
  const whole = await height();
  await page.getByRole("button", { name: "Only unmet" }).click();
  await applications.getByRole("button", { name: /^mailer/ }).waitFor({ state: "detached" });

  assert.ok(await height() < whole, "it is no higher than its lists");

  // The same as a table, sorted by what one likes.
  await page.getByRole("button", { name: "As a table" }).click();
  const table = page.getByRole("table", { name: "Who claims what" });
  await table.getByRole("row", { name: /sales.payments.*fraud.*required.*unmet/ }).waitFor();
  assert.equal(await table.getByRole("row").count(), 3);
  await page.getByRole("button", { name: "Only unmet" }).click();
  const column = (no) => table.locator(`tbody tr > :nth-child(${no})`).allTextContents();
  const sorted = (texts) => [...texts].sort();
  assert.deepEqual(await column(1), sorted(await column(1)));
  assert.equal(await table.getByRole("columnheader", { name: "Table" }).getAttribute("aria-sort"), "ascending");
  await table.getByRole("button", { name: "Application" }).click();
  assert.deepEqual(await column(2), sorted(await column(2)));
  await table.getByRole("button", { name: "Application" }).click();
  assert.deepEqual(await column(2), sorted(await column(2)).reverse());
  assert.equal(await table.getByRole("columnheader", { name: "Application" }).getAttribute("aria-sort"), "descending");
  assert.equal(await focused(), "Application");
  await accessible("the picture as a table");
}, { width: 1440 });
