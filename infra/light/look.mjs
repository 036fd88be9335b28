// node look.mjs <address> <report.json> [name=value]: what Lighthouse says of one page on its first visit, in a Chromium of its
// own (CHROME_PATH). The cookie is in the browser's own jar: as a header of every request it would push out each cookie that the
// page sets.

import { writeFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import puppeteer from "puppeteer-core";

const [address, report, cookie] = process.argv.slice(2);
const chrome = await launch({ chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
try {
  const browser = await puppeteer.connect({ browserURL: `http://localhost:${chrome.port}` });
  if (cookie) {
    const [name, value] = cookie.split("=");
    await browser.setCookie({ name, value, domain: new URL(address).hostname, path: "/", httpOnly: true, sameSite: "Lax" });
  }
  await browser.disconnect();
  const onlyCategories = ["performance", "accessibility", "best-practices"];
  const { lhr } = await lighthouse(address, { port: chrome.port, onlyCategories, logLevel: "error" });
  writeFileSync(report, JSON.stringify(lhr));
} finally {
  chrome.kill();
}
