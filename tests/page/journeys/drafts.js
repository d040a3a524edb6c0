import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees, accessible }) => {
  await logIn();
  await go(`stakeholders/${stage.id}/claims`);
  const tab = (name) => page.getByRole("navigation", { name: /^Parts of/ }).getByRole("link", { name }).click();
  const claims = page.getByLabel("Claims", { exact: true });
  const notifications = page.getByLabel("Notifications", { exact: true });
  await claims.waitFor();
  const stored = await claims.inputValue();
  const typed = '{"match": [{"path": "sales.orders", "fields": ["id", "status"]}]}';
  await claims.fill(typed);

  // A channel that nobody has acknowledged anything of isn't behind, here as in the figures.
  await tab("Notifications");
  await sees("not acknowledged", page.locator(".card"));
  assert.equal(await page.locator(".card").getByText("behind").count(), 0);
  await notifications.fill('{"match": [');

  // What was typed is there again, with a word.
  await tab("Claims");
  await sees("This is what you hadn't saved.");
  assert.equal(await claims.inputValue(), typed);
  await accessible("what wasn't saved");
  await tab("Notifications");
  await notifications.waitFor();
  assert.equal(await notifications.inputValue(), '{"match": [');
  await page.getByRole("button", { name: "Discard it" }).click();
  assert.match(await notifications.inputValue(), /SOCKET/);

  // The browser asks before it would be lost, and so does the page.
  expect("beforeunload");
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => { setTimeout(() => location.reload()); });
  assert.equal((await asked).type(), "beforeunload");
  await page.getByRole("button", { name: "Log out" }).click();
  await sees("1 document that you have changed isn't saved");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();

  // What is saved or discarded is a draft no longer.
  await tab("Claims");
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await sees("Saved. The grants are as the claims say.");
  await tab("Credentials");
  await tab("Claims");
  await claims.waitFor();
  assert.notEqual(await claims.inputValue(), stored);
  assert.equal(await page.getByText("This is what you hadn't saved.").count(), 0);

  // Somebody else's work isn't overwritten by an old draft.
  await claims.fill(typed);
  await tab("Credentials");
  const status = await page.evaluate(async (path) => {
    const { data } = await (await fetch("/api/v1/auth/session")).json();
    const answer = await fetch(path, {
      method: "PUT", body: JSON.stringify({ data: { match: [] } }),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": data.csrf_token },
    });
    return answer.status;
  }, `/api/v1/stakeholders/${stage.id}/claims`);
  assert.equal(status, 200);
  await tab("Claims");
  await sees("Somebody has saved something else since");
  expect(412);
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await sees("Somebody has changed it meanwhile");
  await page.getByRole("button", { name: "Discard it" }).click();
  assert.deepEqual(JSON.parse(await claims.inputValue()), { match: [] });

  // A new password ends the session, and nothing else.
  expect(401);
  await claims.fill(typed);
  await page.getByRole("button", { name: "Password" }).click();
  await page.getByLabel("New password").fill("another horse");
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Username").fill(stage.username);
  await page.getByLabel("Password").fill("another horse");
  await page.getByRole("button", { name: "Log in" }).click();
  await sees("This is what you hadn't saved.");
  assert.equal(await claims.inputValue(), typed);

  // And who logs out after all is asked nothing more.
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  const loaded = page.waitForEvent("load");
  await page.evaluate(() => { setTimeout(() => location.reload()); });
  await loaded;
});
