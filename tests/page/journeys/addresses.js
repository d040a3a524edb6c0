import { assert, stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees, accessible }) => {
  await logIn();
  expect(404);

  // An address that leads nowhere says so, and leads back.
  for (const [address, words, link, arrival] of [
    ["nowhere", "No view has the address #/nowhere.", "To the picture", "Who depends on what"],
    ["%", "No view has the address #/%.", "To the picture", "Who depends on what"],
    ["stakeholders/999999", "There is no stakeholder 999999.", "All stakeholders", "Stakeholders"],
    [`stakeholders/${stage.id}/nothing`, "has no part “nothing”.", `Open ${stage.name}`, stage.name],
  ]) {
    await go(address);
    await sees(words);
    await accessible(address);
    await page.locator("main").getByRole("link", { name: link }).click();
    await page.getByRole("heading", { name: arrival, exact: true }).waitFor();
  }

  // The page and the contract lead to each other.
  await page.getByRole("link", { name: "The API" }).click();
  await page.getByRole("searchbox").fill("dead letters");
  const room = (name) => page.locator("main").getByRole("heading", { name, exact: true });
  await room("Notifications").waitFor();
  await room("Users").waitFor({ state: "hidden" });
  assert.deepEqual(await page.locator("main section > h2:visible").allTextContents(), ["Notifications"]);
  const [bottom, top] = await page.evaluate(() => [document.querySelector("header").getBoundingClientRect().bottom, document.querySelector("main p").getBoundingClientRect().top]);
  assert.ok(top >= bottom + 12, `the text begins at ${top}, the header ends at ${bottom}`);
  await accessible("the contract");
  await page.getByRole("link", { name: "The page" }).click();
  await page.getByRole("heading", { name: "Who depends on what" }).waitFor();
});
