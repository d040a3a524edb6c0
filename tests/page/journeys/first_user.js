import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, expect, sees, accessible }) => {
  await page.goto(stage.origin);
  await sees("Nobody can log in yet");
  await accessible("the view for the first user");
  const make = page.getByRole("button", { name: "Create the first user" });

  // Everything that is wrong is said at its field.
  expect(401, 403, 422);
  await page.getByLabel("Bootstrap secret").fill(stage.secret);
  await page.getByLabel("Username").fill("root");
  await page.getByLabel("Password").fill("short");
  await make.click();
  await sees("should be at least 10 character(s)");
  assert.equal(await page.getByLabel("Password").getAttribute("aria-invalid"), "true");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByLabel("Bootstrap secret").fill("wrong");
  await make.click();
  await sees("Wrong credentials.");
  await page.getByLabel("Bootstrap secret").fill(stage.secret);
  await make.click();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();

  // There is nothing to see yet, so it says where to begin.
  await accessible("the first view of all");
  await page.getByRole("button", { name: "New stakeholder" }).click();
  await page.getByRole("dialog", { name: "New stakeholder" }).getByRole("button", { name: "Close" }).click();

  // The cookie is nothing that a script could read.
  assert.equal(await page.evaluate(() => document.cookie), "");
  await page.reload();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();

  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await page.getByLabel("Username").fill("root");
  await page.getByLabel("Password").fill("wrong horse");
  await page.getByRole("button", { name: "Log in" }).click();
  await sees("Username and password don't fit.");
  await page.getByLabel("Password").fill("correct horse");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();

  // A new password ends the session.
  await page.getByRole("button", { name: "Password" }).click();
  await page.getByLabel("New password").fill("another horse");
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
});
