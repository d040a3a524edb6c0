import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, context, logIn, go, expect, sees }) => {
  await logIn();
  await go(`stakeholders/${stage.id}/claims`);
  const text = page.getByLabel("Claims", { exact: true });
  const typed = '{"match": [{"path": "sales.orders", "fields": ["id"]}]}';
  await text.fill(typed);
  await page.locator(".relation").first().waitFor();

  expect(401, 403);
  await context.clearCookies();
  await page.getByRole("button", { name: "Check" }).click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.getByLabel("Username").fill(stage.username);
  await dialog.getByLabel("Password").fill("wrong horse");
  await dialog.getByRole("button", { name: "Log in" }).click();
  await sees("don't fit", dialog);
  await page.keyboard.press("Escape");
  await dialog.getByLabel("Password").fill(stage.password);
  await dialog.getByRole("button", { name: "Log in" }).click();

  // What was asked for goes on by itself, with what was typed.
  await sees("It can be saved.");
  assert.equal(await text.inputValue(), typed);
});
