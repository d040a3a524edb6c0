import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees, accessible }) => {
  await logIn();
  await go(`stakeholders/${stage.id}/notifications`);
  const text = page.getByLabel("Notifications", { exact: true });
  const check = page.getByRole("button", { name: "Check" });
  const save = page.getByRole("button", { name: "Save" });
  const written = JSON.parse(await text.inputValue());
  await check.click();
  await sees("It can be saved, and nothing would change.");

  // Another channel, and one match less.
  await text.fill(JSON.stringify({ ...written, match: [], channels: [...written.channels, { type: "SOCKET" }] }));
  assert.ok(await save.isDisabled());
  await check.click();
  await sees("It can be saved. Then this changes:");
  await sees("1 match removed");
  await sees("1 channel added");
  await accessible("what a document would change");
  await save.click();
  await sees("Saved.");
  await page.getByRole("heading", { name: "SOCKET" }).waitFor();

  // Told again is only what a channel is past; that it isn't is said where it was asked for.
  expect(422);
  await page.getByRole("button", { name: "Tell again …" }).first().click();
  const asked = page.getByRole("dialog");
  await asked.getByText("nothing is skipped").waitFor();
  await asked.getByLabel("From").fill("2999-01-01T00:00:00Z");
  await asked.getByRole("button", { name: "Tell again", exact: true }).click();
  await asked.getByText("a replay only goes back").waitFor();
  await accessible("a replay that is refused");
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "detached" });

  // What would be refused is told at its place, before anything is saved.
  expect(422);
  await text.fill('{"match": [{"path": "sales.nowhere", "events": ["*"], "channels": ["*"]}], "channels": [{"type": "SOCKET"}]}');
  await check.click();
  await page.getByRole("button", { name: /#\/match\/0\/path/ }).waitFor();
  assert.ok(await save.isDisabled());
});
