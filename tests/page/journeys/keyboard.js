import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, sees, focused }) => {
  const press = (key) => page.keyboard.press(key);
  await page.goto(stage.origin);
  await page.getByLabel("Username").waitFor();
  // The first field has the focus already.
  await page.keyboard.type(stage.username);
  await press("Tab");
  await page.keyboard.type(stage.password);
  await press("Enter");
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();

  // Past the menu, and to the tables.
  await press("Tab");
  assert.equal(await focused(), "Skip to content");
  await press("Enter");
  assert.equal(await focused(), "Who depends on what");
  for (const name of ["Only unmet", "As a table", "Search tables and applications"]) {
    await press("Tab");
    assert.equal(await focused(), name);
  }
  await press("Tab");
  assert.match(await focused(), /catalog.products/);

  // One sees where the focus is.
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none");

  await press("ArrowDown");
  assert.match(await focused(), /public.customers/);
  await press("Enter");
  await page.getByRole("button", { name: /^email/ }).waitFor();
  assert.match(await focused(), /public.customers/, "the focus stays where it was");
  await press("ArrowDown");
  assert.match(await focused(), /^id/);
  await press("Enter");
  await sees("would break");
  await press("ArrowRight");
  assert.match(await focused(), /^billing/);
  await press("ArrowLeft");
  assert.match(await focused(), /public.customers/);
  await press("End");
  await press("ArrowUp");
  await press("Home");
  assert.match(await focused(), /catalog.products/);
  await press("Escape");
  await sees("Choose a table or a column");

  // Whoever follows a link is led to the heading of what they see then.
  await page.getByRole("link", { name: "Drift" }).focus();
  await press("Enter");
  await page.waitForFunction(() => document.activeElement.textContent === "Drift" && document.activeElement.matches("h1"));

  // A dialog takes the focus and gives it back.
  await page.goto(`${stage.origin}/#/stakeholders`);
  await page.getByRole("button", { name: "New stakeholder" }).focus();
  await press("Enter");
  await page.keyboard.type(stage.unique);
  await press("Enter");
  await sees("shown now and never again");
  // What is shown once has the focus then, and stays until somebody closes it.
  assert.equal(await focused(), stage.unique);
  await press("Escape");
  await sees("shown now and never again");
  await press("Shift+Tab");
  assert.equal(await focused(), "Close");
  await press("Enter");
  assert.equal(await focused(), "New stakeholder");
}, { width: 1440 });
