// A browser, and what it complains about.

import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import assert from "node:assert/strict";

const home = new URL("../../target/page/", import.meta.url);
const require = createRequire(home);
const { chromium } = require("playwright-core");
const pictures = new URL("pictures/", home);

/** What the stage has told. */
export const stage = JSON.parse(process.env.STAGE);

/** How long a step of a journey may take, in milliseconds. */
const PATIENCE = 120_000;

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

/** Walks through a journey in a new browser. `journey` gets the page and what it can be
 *  asked; at its end nothing may have been complained about. */
export async function walk(journey, { width = 1280, height = 900, colorScheme = "light" } = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, timeout: PATIENCE });
  try {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce", permissions: ["clipboard-write"] });
    // What is said in passing stays until somebody has looked, however slow the machine is.
    await context.addInitScript(() => {
      const { setTimeout } = window;
      window.setTimeout = (act, wait, ...more) => setTimeout(act, wait === 6000 ? 3_600_000 : wait, ...more);
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const complaints = [];
    const expected = [];
    listen(page, complaints, expected);
    await journey({ page, context, ...helpers(page, expected) });
    assert.deepEqual(complaints, [], "the browser complained");
  } finally {
    await browser.close();
  }
}

function listen(page, complaints, expected) {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    const status = /status of (\d+)/.exec(message.text())?.[1];
    if (!(status && expected.includes(Number(status)))) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== stage.origin) complaints.push(`a request to ${request.url()}`);
  });
  page.on("dialog", (dialog) => {
    if (!expected.includes(dialog.type())) complaints.push(`a dialog of the browser: ${dialog.message()}`);
    return dialog.dismiss();
  });
}

function helpers(page, expected) {
  return {
    /** Says that the API will answer with this status, which browsers write down as an error,
     *  or that the browser will ask something, which is answered with no. */
    expect: (...statuses) => expected.push(...statuses),
    logIn: (username = stage.username) => logIn(page, username),
    go: (path) => page.goto(`${stage.origin}/#/${path}`),
    /** Keeps a picture for whoever wants to look at it. */
    picture: (name) => {
      mkdirSync(pictures, { recursive: true });
      return page.screenshot({ path: new URL(`${name}.png`, pictures).pathname, fullPage: true });
    },
    accessible: (what) => accessible(page, what),
    fits: (what) => fits(page, what),
    /** What has the focus, as it is heard. */
    focused: () => page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent),
    sees: (text, within = page) => within.getByText(text, { exact: false }).first().waitFor(),
  };
}

async function logIn(page, username) {
  await page.goto(stage.origin);
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(stage.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator(".side").waitFor();
}

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Fails with every rule of WCAG 2.2 AA that the page breaks. */
async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => `${node.html}\n    ${node.failureSummary.replaceAll("\n", " ")}`).slice(0, 4).join("\n  ")}`);
  assert.deepEqual(told, [], `${what} isn't accessible`);
}

/** Fails if the page is wider than its window. */
async function fits(page, what) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(wide <= window, `${what} is ${wide} wide in a window of ${window}`);
}

export { assert };
