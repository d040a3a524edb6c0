import { assert, stage, walk } from "../browser.js";

/** Where something is made: the view, the button, the request, what is typed, the button that
 *  sends it, and where what was made is listed. */
const MADE = [
  ["stakeholders", "New stakeholder", "stakeholders", { Name: `${stage.unique}_b` }, "Create", "stakeholders"],
  ["users", "New user", "users", { Username: "oskar", Password: "correct horse" }, "Create", "users"],
  ["keys", "New key", "keys", { Name: "twice" }, "Make the key", "keys"],
  [`stakeholders/${stage.id}/credentials`, "Issue", `stakeholders/${stage.id}/credentials`, { Name: "twice" }, "Issue", `stakeholders/${stage.id}/credentials`],
  [`stakeholders/${stage.id}/credentials`, "New token", `stakeholders/${stage.id}/tokens`, { Name: "twice" }, "Make the token", `stakeholders/${stage.id}/tokens`],
];

await walk(async ({ page, logIn, go, expect, sees }) => {
  await logIn();
  expect(503);
  const count = (path) => page.evaluate(async (where) => (await (await fetch(`/api/v1/${where}`)).json()).data.length, path);
  for (const [view, label, path, typed, send, list] of MADE) {
    const before = await count(list);
    // It is made, and the answer gets lost on the way.
    let answer = null;
    await page.route(`**/api/v1/${path}`, async (route) => {
      if (route.request().method() !== "POST" || answer) return route.continue();
      // The server may be about to close the connection that the last one came on.
      answer = await route.fetch({ maxRetries: 3 });
      return route.fulfill({ status: 503, json: { errors: { detail: "The database can't be reached just now." } } });
    });
    await go(view);
    await page.getByRole("button", { name: label, exact: true }).click();
    const dialog = page.getByRole("dialog");
    for (const [name, text] of Object.entries(typed)) await dialog.getByLabel(name, { exact: true }).fill(text);
    await dialog.getByRole("button", { name: send }).click();
    await sees("The database can't be reached just now.", dialog);
    await dialog.getByRole("button", { name: send }).evaluate((button) => {
      button.click();
      button.click();
    });
    const { data } = await answer.json();
    // Of a user nothing is shown, since who made it knows the password.
    const secret = path === "users" ? null : data.key ?? data.token ?? data.password ?? data.credentials.password;
    if (secret) {
      await sees(secret, dialog);
      await dialog.getByRole("button", { name: "Done" }).click();
    }
    await dialog.waitFor({ state: "detached" });
    assert.equal(await count(list), before + 1, `${path} is made once`);
    await page.unroute(`**/api/v1/${path}`);
  }
});
