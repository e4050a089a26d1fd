/**
 * Asks again and again until told to stop: at first every 2 seconds, then ever more seldom, not at all while the page is
 * hidden, and at once when it is shown again.
 *
 * @param {() => Promise<boolean>} ask answers whether it is done; a failure counts as "not yet"
 * @param {{first?: number, most?: number, factor?: number, page?: Document, timers?: object}} options milliseconds
 * @returns {() => void} stops it
 */
export function poll(ask, { first = 2000, most = 15000, factor = 1.2, page = document, timers = globalThis } = {}) {
  let wait = first;
  let timer = null;
  let asking = false;
  let over = false;

  function stop() {
    over = true;
    timers.clearTimeout(timer);
    page.removeEventListener("visibilitychange", shown);
  }

  function later() {
    timers.clearTimeout(timer);
    if (!over && !page.hidden) timer = timers.setTimeout(once, wait);
    wait = Math.min(most, wait * factor);
  }

  async function once() {
    if (over || asking || page.hidden) return;
    asking = true;
    const done = await ask().catch(() => false);
    asking = false;
    if (done) stop();
    else later();
  }

  function shown() {
    timers.clearTimeout(timer);
    if (page.hidden) return;
    wait = first;
    once();
  }

  page.addEventListener("visibilitychange", shown);
  later();
  return stop;
}
