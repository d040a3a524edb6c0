import { stage, walk } from "../browser.js";

const VIEWS = [
  "picture", "stakeholders", `stakeholders/${stage.id}/claims`, `stakeholders/${stage.id}/credentials`,
  `stakeholders/${stage.id}/notifications`, "unmet", "drift", "journal", "audit", "users", "keys",
];

const SIZES = [
  ["light", { width: 1440, height: 900, colorScheme: "light" }],
  ["dark", { width: 1440, height: 900, colorScheme: "dark" }],
  ["phone", { width: 390, height: 844, colorScheme: "light" }],
];

for (const [name, size] of SIZES) {
  await walk(async ({ page, logIn, go, picture, accessible, fits }) => {
    await page.goto(stage.origin);
    await page.getByRole("button", { name: "Log in" }).waitFor();
    await picture(`log-in-${name}`);
    await accessible(`logging in (${name})`);
    await fits(`logging in (${name})`);
    await logIn();
    for (const view of VIEWS) {
      await go(view);
      const place = page.locator(`.at-${view.split("/")[0]}`);
      await place.locator("h1").waitFor();
      await page.waitForFunction(() => !document.querySelector("[aria-busy]"));
      if (view === "picture") {
        await page.getByRole("button", { name: /^sales.orders/ }).click();
        await page.getByRole("button", { name: /^status/ }).click();
        await page.locator(".verdict").waitFor();
      }
      const what = `${view.replace(/\/\d+\//, "-")}-${name}`;
      await picture(what);
      await accessible(what);
      await fits(what);
    }
  }, size);
}
