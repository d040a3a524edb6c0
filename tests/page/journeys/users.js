import { walk } from "../browser.js";

await walk(async ({ page, logIn, go, expect, sees }) => {
  await logIn();
  await go("users");
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "New user" }).click();
  expect(422);
  await dialog.getByLabel("Username").fill("root");
  await dialog.getByLabel("Password").fill("correct horse");
  await dialog.getByLabel("Role").selectOption("operator");
  await dialog.getByRole("button", { name: "Create" }).click();
  await sees("has already been taken", dialog);
  await dialog.getByLabel("Username").fill("oskar");
  await dialog.getByRole("button", { name: "Create" }).click();
  const row = page.getByRole("row", { name: /oskar.*operator/ });
  await row.getByRole("button", { name: "Change oskar" }).click();
  await dialog.getByLabel("Role").selectOption("viewer");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: /oskar.*viewer/ }).waitFor();
  await page.getByRole("button", { name: "Delete oskar" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("row", { name: /oskar/ }).waitFor({ state: "detached" });
});
