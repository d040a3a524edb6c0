import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees, accessible }) => {
  await logIn();
  await go("stakeholders");
  await page.getByRole("button", { name: "New stakeholder" }).click();
  const dialog = page.getByRole("dialog");
  expect(422);
  await dialog.getByLabel("Name").fill("pg_nonsense");
  await dialog.getByRole("button", { name: "Create" }).click();
  await sees("is reserved", dialog);
  await dialog.getByLabel("Name").fill(stage.unique);
  await dialog.getByRole("button", { name: "Create" }).click();
  await sees("shown now and never again", dialog);
  await accessible("credentials that are shown once");
  const password = await dialog.locator(".secret").nth(1).textContent();
  await dialog.getByRole("button", { name: "Copy Password" }).click();
  await sees("Password copied.", dialog);
  await dialog.getByRole("link", { name: `Write the claims of ${stage.unique}` }).click();

  // The schema helps: find a table, tick its columns.
  const text = page.getByLabel("Claims", { exact: true });
  const search = page.getByLabel("Search tables");
  await search.press("ControlOrMeta+V");
  assert.equal(await search.inputValue(), password, "what was copied is pasted");
  await search.fill("orders");
  // By then what was found is there.
  await page.getByRole("button", { name: "catalog.products" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "sales.orders" }).click();
  await page.getByRole("checkbox", { name: "id bigint", exact: true }).check();
  await page.getByRole("checkbox", { name: "status text" }).check();
  assert.deepEqual(JSON.parse(await text.inputValue()), { match: [{ path: "sales.orders", fields: ["id", "status"] }] });
  await page.getByRole("button", { name: /sales.orders.*2 of 6/ }).waitFor();

  // A fault is told at its place, in JSON and in what it says.
  const check = page.getByRole("button", { name: "Check" });
  await text.fill('{"match": [{"path": "sales.orders", "fields": ["id", ]}]}');
  await check.click();
  await sees("in line 1, column 54");
  await text.fill('{"match": [{"path": "sales.orders", "fields": ["id", {"name": "statsu"}]}]}');
  await check.click();
  const fault = page.getByRole("button", { name: /#\/match\/0\/fields\/1/ });
  await fault.click();
  const chosen = await text.evaluate((element) => element.value.slice(element.selectionStart, element.selectionEnd));
  assert.ok(chosen.includes("statsu"), chosen);
  assert.ok(await page.getByRole("button", { name: "Save" }).isDisabled());
  await accessible("a fault at its place");

  await text.fill('{"match": [{"path": "sales.orders", "fields": ["id", "status"]}]}');
  await check.click();
  await sees("It can be saved. Then this changes:");
  await sees("SELECT on sales.orders (id, status)");
  await page.getByRole("button", { name: "Save" }).click();
  await sees("Saved. The grants are as the claims say.");

  // What is claimed comes first where one looks for tables.
  await page.reload();
  const relations = page.locator(".relation");
  await relations.first().waitFor();
  assert.match(await relations.first().textContent(), /^sales\.orders.*2 of 6$/);
  assert.match(await relations.nth(1).textContent(), /^catalog\.products/);

  // And what was saved is in the picture.
  await go("picture");
  // What is left behind names the table as well, until the picture has come.
  const tables = page.getByRole("group", { name: "Tables and columns" });
  await tables.getByRole("button", { name: /sales.orders/ }).click();
  await page.getByRole("button", { name: /^status text 1 applications/ }).click();
  const detail = page.getByRole("complementary", { name: "Selection" });
  await sees("It would break 1 application", detail);
  await page.getByRole("button", { name: /^note text free/ }).click();
  await sees("Nobody depends on it.", detail);

  // Renamed, and deleted.
  await go("stakeholders");
  await page.getByRole("link", { name: stage.unique, exact: true }).click();
  await page.getByRole("button", { name: "Rename" }).click();
  await page.getByLabel("New name").fill(`${stage.unique}_2`);
  await page.getByRole("dialog").getByRole("button", { name: "Rename" }).click();
  await page.getByRole("heading", { name: `${stage.unique}_2` }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  // Whom to give things to is asked where they are given away.
  const heir = dialog.getByLabel("Given to");
  assert.ok(!await heir.isVisible());
  await dialog.getByLabel(/^What it made in/).selectOption("reassign");
  await heir.selectOption(stage.heir);
  await accessible("whom to give things to");
  await dialog.getByLabel(/^What it made in/).selectOption("");
  assert.ok(!await heir.isVisible());
  await dialog.getByRole("button", { name: "Delete" }).click();
  await sees("is not the name");
  await dialog.getByLabel(/^Type /).fill(`${stage.unique}_2`);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await sees("is deleted.");
  await page.getByRole("link", { name: `${stage.unique}_2` }).waitFor({ state: "detached" });
});
