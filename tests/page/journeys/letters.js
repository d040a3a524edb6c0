import { stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, sees, accessible }) => {
  await logIn();
  // The picture says whose webhook is in trouble, and leads there.
  await page.getByRole("button", { name: new RegExp(`${stage.name}.*1 dead`) }).click();
  await page.getByRole("link", { name: "Deliveries and dead letters" }).click();

  await page.getByRole("button", { name: /^Look at/ }).click();
  const dialog = page.getByRole("dialog");
  await sees('"status": "open"', dialog);
  await accessible("a dead letter");
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: /^Send again: / }).click();
  await sees("Not delivered");
  await page.getByRole("button", { name: /^Send again: / }).click();
  await sees("Delivered. It is a dead letter no longer.");
  await sees("No dead letters.");

  // A channel is paused and goes on.
  await page.getByRole("button", { name: "Pause hook" }).click();
  await page.getByRole("button", { name: "Resume hook" }).click();
  await page.getByRole("button", { name: "Pause hook" }).waitFor();

  // And what was there before it listened is told.
  await page.getByRole("button", { name: "New backfill" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Begin" }).click();
  await page.getByRole("row", { name: /running|done/ }).waitFor();
}, { height: 1100 });
