// Takes pictures of every page of the console at three widths, light and dark, and has axe look at each.
// node tools/console_pictures.mjs URL KEY FOLDER
// `make pictures` runs it. $NODE_MODULES holds playwright-core and axe-core; $CHROMIUM is the browser.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";

const require = createRequire(process.env.NODE_MODULES ? `${process.env.NODE_MODULES}/` : import.meta.url);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [url, key, folder] = process.argv.slice(2);
const origin = new URL(url).origin;
mkdirSync(folder, { recursive: true });

let bad = 0;
const QUESTION = "Tell me of the lighthouse of Skelwith.";
const ANSWER =
  "The lighthouse of Skelwith was built in 1874 and stands on the northern pier. Its lamp burned whale oil at first. " +
  "Orla Quennell kept it for thirty years. In 1961 it was automated. The lamp is now in the museum of the town.";

async function prove(page) {
  await page.goto(`${origin}/console/targets?show=unconfirmed`);
  const id = (await page.locator("#rows tbody a").first().getAttribute("href")).split("/").pop();
  await page.goto(`${origin}/console/proof`);
  await page.getByLabel("Target, by id").fill(id);
  await page.getByRole("button", { name: "Make a certificate" }).click();
  await page.getByRole("link", { name: "Open" }).first().waitFor({ timeout: 120000 });
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Save the data" }).first().click()]);
  if (!(await saved.path())) { console.log("the certificate was not saved"); bad++; }
  await page.getByRole("button", { name: "Verify the log" }).click();
  await page.getByText("The log is whole").waitFor();
}

const pages = [
  ["overview", "/console/overview"],
  ["targets", "/console/targets"],
  ["due", "/console/targets?show=due"],
  ["new", "/console/targets/new"],
  ["decisions", "/console/decisions"],
  ["proof", "/console/proof"],
  ["import", "/console/import"],
  ["keys", "/console/keys"],
];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"],
});

for (const scheme of ["light", "dark"]) {
  for (const width of [390, 1024, 1600]) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: width < 500 ? 844 : 900 } });
    const page = await context.newPage();
    page.on("console", (message) => { if (message.type() === "error") { console.log("console:", message.text()); bad++; } });
    page.on("request", (request) => { if (new URL(request.url()).origin !== origin) { console.log("leaves:", request.url()); bad++; } });
    const look = async (name) => {
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: name !== "targets" });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) { console.log(`wide: ${name} at ${width}: ${wide} px`); bad++; }
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] }));
      for (const each of found.violations) {
        console.log(`axe: ${name} at ${width}, ${scheme}: ${each.impact} ${each.id}: ${each.nodes.slice(0, 3).map((node) => node.target).join(" | ")}`);
        if (["serious", "critical"].includes(each.impact)) bad++;
      }
    };
    await page.goto(url);
    await look("sign-in");
    await page.getByLabel("Key of the gateway").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    for (const [name, path] of pages) {
      await page.goto(origin + path);
      await look(name);
    }
    await page.goto(`${origin}/console/targets`);
    await page.getByRole("searchbox").pressSequentially("keeper", { delay: 20 });
    await page.locator("#rows tbody tr").filter({ hasText: "Orla Quennell" }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll("#rows tbody tr").length === 1);
    await look("search");
    await page.getByRole("link", { name: "Orla Quennell" }).click();
    await page.getByRole("heading", { name: "Orla Quennell" }).waitFor();
    await look("target");
    await page.getByRole("link", { name: "Remove" }).click();
    await look("remove");
    await page.goto(`${origin}/console/try`);
    await page.getByLabel("Question or conversation").fill(QUESTION);
    await page.getByRole("button", { name: "Try" }).click();
    await page.getByRole("heading", { name: "Step by step" }).waitFor();
    await look("try");
    await page.getByLabel("Question or conversation").fill("What is there to see at the coast?");
    await page.getByText(/^Judge a given answer/).click();
    await page.getByLabel("Answer", { exact: true }).fill(ANSWER);
    await page.getByRole("button", { name: "Try" }).click();
    await page.locator("#result del").first().waitFor();
    await look("rewritten");
    if (scheme === "light" && width === 1024) await prove(page);
    await page.goto(`${origin}/console/proof`);
    await look("certificates");
    await context.close();
  }
}
await browser.close();
console.log(bad ? `${bad} to mend` : "nothing to mend");
process.exit(bad ? 1 : 0);
