import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees, accessible }) => {
  await logIn();
  await go(`stakeholders/${stage.id}/credentials`);
  const dialog = page.getByRole("dialog");

  // Whoever goes back leaves a question behind.
  await page.getByRole("button", { name: "Issue" }).click();
  await dialog.waitFor();
  await page.goBack();
  await dialog.waitFor({ state: "detached" });
  await page.goForward();

  await page.getByRole("button", { name: "Issue" }).click();
  expect(422);
  await dialog.getByLabel("Name").fill("not a name!");
  await dialog.getByRole("button", { name: "Issue" }).click();
  await dialog.locator(".wrong:not(:empty)").first().waitFor();
  await dialog.getByLabel("Name").fill("blue");
  await dialog.getByLabel("Good for how many days").fill("30");
  await dialog.getByRole("button", { name: "Issue" }).click();
  await sees("shown now and never again", dialog);
  const uri = await dialog.locator(".secret").nth(2).textContent();
  assert.match(uri, /^postgres(ql)?:\/\//);
  await accessible("a credential that is shown once");

  // Nothing but to be done with it takes it away.
  await dialog.getByRole("button", { name: "Copy URI" }).click();
  await sees("URI copied.", dialog);
  await page.keyboard.press("Escape");
  await page.goBack();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();
  await dialog.getByText(uri).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.goForward();

  // Before one is revoked it is said what goes with it.
  const row = page.getByRole("row", { name: /blue/ });
  await sees("in 30 days", row);
  await row.getByRole("cell", { name: "none", exact: true }).waitFor();
  await row.getByRole("button", { name: /Revoke/ }).click();
  await sees("It has no sessions just now.", dialog);
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await row.waitFor({ state: "detached" });
  const primary = page.getByRole("row", { name: /^primary/ });
  await primary.getByRole("cell", { name: "1", exact: true }).waitFor();
  await primary.getByRole("button", { name: /Revoke/ }).click();
  await sees("It has 1 session, which ends at once", dialog);
  await sees("It is the last login", dialog);
  await dialog.getByRole("button", { name: "Cancel" }).click();

  // A key of its own.
  await page.getByRole("button", { name: "New key" }).click();
  await dialog.getByLabel("Name").fill("deploy");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  assert.match(await dialog.locator(".secret").textContent(), /^idbk_/);
  await dialog.getByRole("button", { name: "Done" }).click();
  const key = page.getByRole("row", { name: /deploy/ });
  await key.getByRole("button", { name: "Revoke deploy" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await key.waitFor({ state: "detached" });

  // And a token for its streams.
  await page.getByRole("button", { name: "New token" }).click();
  await dialog.getByLabel("Name").fill("browsers");
  await dialog.getByRole("button", { name: "Make the token" }).click();
  assert.match(await dialog.locator(".secret").textContent(), /^idbt_/);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Revoke browsers" }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await sees("No tokens.");

  // Guards: a wrong one is told at its field, a right one stays.
  await page.getByLabel("Connections at most").fill("5");
  await page.getByLabel("Longest statement (ms)").fill("30000");
  await page.getByRole("button", { name: "Save guards" }).click();
  await sees("Guards saved.");
  await page.reload();
  await page.getByLabel("Connections at most").waitFor();
  assert.equal(await page.getByLabel("Connections at most").inputValue(), "5");
  assert.equal(await page.getByLabel("Longest statement (ms)").inputValue(), "30000");
});
