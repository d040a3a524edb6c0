import { stage, walk } from "../browser.js";

await walk(async ({ page, logIn, go, sees, accessible }) => {
  await logIn();
  // The picture says whose webhook is in trouble, and leads there.
  await page.getByRole("button", { name: new RegExp(`${stage.name}.*4 dead`) }).click();
  await page.getByRole("link", { name: "Deliveries and dead letters" }).click();

  await page.getByRole("button", { name: /^Look at/ }).first().click();
  const dialog = page.getByRole("dialog");
  await sees('"status": "open"', dialog);
  await accessible("a dead letter");
  await dialog.getByRole("button", { name: "Close" }).click();
  const again = page.getByRole("button", { name: /^Send again: / });
  await again.first().click();
  // What went wrong stays until somebody has read it, or looks at something else.
  const complaint = page.getByRole("alert").filter({ hasText: "Not delivered" });
  await complaint.getByRole("button", { name: "Close" }).click();
  await complaint.waitFor({ state: "detached" });
  await again.first().click();
  await sees("Delivered. It is a dead letter no longer.");
  const left = (count) => page.waitForFunction((count) => document.querySelectorAll('[aria-label^="Send again: "]').length === count, count);
  await left(3);
  await sees("3 dead letters");
  await sees("The last failure was");

  // All that are left, the oldest first.
  await page.getByRole("button", { name: "Send all again …" }).click();
  await sees("Send 3 dead letters again", dialog);
  await accessible("all of them, sent again");
  await dialog.getByRole("button", { name: "Send all again" }).click();
  await sees("2 of 3 dead letters delivered.", dialog);
  await sees("1 was not taken. The last answer:", dialog);
  await dialog.getByRole("button", { name: "Done" }).click();
  await left(1);
  await sees("1 dead letter");
  await again.click();
  await sees("No dead letters.");

  // A channel is paused and goes on.
  await page.getByRole("button", { name: "Pause hook" }).click();
  await page.getByRole("button", { name: "Resume hook" }).click();
  await page.getByRole("button", { name: "Pause hook" }).waitFor();

  // And what was there before it listened is told.
  await page.getByRole("button", { name: "New backfill" }).click();
  await dialog.getByLabel("Rows of").selectOption({ label: "sales.orders (id, status)" });
  await dialog.getByRole("button", { name: "Begin" }).click();
  await page.getByRole("row", { name: /running|done/ }).waitFor();
}, { height: 1100 });
