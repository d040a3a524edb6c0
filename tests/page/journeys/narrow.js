import { assert, walk } from "../browser.js";

/** What lies on top in the middle of an element: whether it is the element or within it. */
function isOnTop(locator) {
  return locator.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  });
}

/** The edges of what is known of the selection, and of the window. */
function edges(page) {
  return page.locator(".detail").evaluate((sheet) => {
    const { left, top, right, bottom } = sheet.getBoundingClientRect();
    return { left, top, right, bottom, width: document.documentElement.clientWidth, height: innerHeight };
  });
}

await walk(async ({ page, logIn, accessible, fits }) => {
  await logIn();
  assert.ok(!await page.locator(".legend").isVisible(), "no legend of lines where there are no lines");
  await page.getByRole("button", { name: /^sales.orders/ }).click();
  // Both answers are here, so nothing is drawn again meanwhile.
  await page.locator(".verdict").waitFor();
  await page.getByRole("button", { name: /^status/ }).waitFor();

  // It comes up from below, and leaves the header and what was chosen in sight.
  const sheet = await edges(page);
  assert.deepEqual([sheet.left, sheet.right, sheet.bottom], [0, sheet.width, sheet.height]);
  assert.ok(sheet.top > sheet.height / 2, `it begins at ${sheet.top} of ${sheet.height}`);
  assert.ok(await isOnTop(page.getByRole("button", { name: /^sales.orders/ })));
  await page.evaluate(() => scrollTo(0, 0));
  const more = page.getByRole("button", { name: "Menu" });
  assert.ok(await isOnTop(more));
  await more.click();
  for (const name of ["Picture", "API keys", "The API"]) assert.ok(await isOnTop(page.getByRole("link", { name, exact: true })), name);
  await accessible("the menu over a selection");
  await page.getByRole("link", { name: "Stakeholders" }).click();

  // Every cell stands beside the name of its column, however much is in it.
  const cell = page.getByRole("cell").filter({ hasText: "1 unmet" }).filter({ hasText: "a channel is paused" });
  await cell.waitFor();
  const places = await cell.locator(".mark").evaluateAll((marks) => marks.map((mark) => mark.getBoundingClientRect().left));
  const column = await page.getByRole("cell").filter({ hasText: /^\s*fine$/ }).first().locator(".mark").evaluate((mark) => mark.getBoundingClientRect().left);
  assert.equal(places.length, 2);
  assert.ok(places.every((left) => left >= column), `${places} beside ${column}`);
  await fits("stakeholders on a phone");
}, { width: 390, height: 844 });

await walk(async ({ page, logIn, sees, fits }) => {
  await logIn();
  const begin = await page.locator(".stage").evaluate((stage) => stage.getBoundingClientRect().top);
  assert.ok(begin < 768 / 2, `the picture begins at ${begin}`);
  await page.getByRole("button", { name: /^sales.orders/ }).click();
  await sees("If it went away");
  const sheet = await edges(page);
  assert.deepEqual([sheet.right, sheet.bottom], [sheet.width, sheet.height]);
  assert.ok(await isOnTop(page.getByRole("button", { name: "Log out" })));
  await fits("the picture in a narrow window");
}, { width: 1024, height: 768 });
