// A part of the worker: it says that something is new. What arrives is {title, body, lang}: what the app is called on
// this phone, neutral words, and nothing else. One notification takes the place of the one before it. A tap opens the
// front page.

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    // Not from us, or not whole: that something is new is all it could have said.
  }
  const { title = "•", body = "", lang = "" } = said;
  event.waitUntil(
    Promise.all([
      self.registration.showNotification(title, { body, lang, dir: "auto", tag: "new" }),
      self.navigator.setAppBadge?.(),
    ]),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const front = new URL("/", self.location.origin).href;
  const open = async () => {
    const windows = await self.clients.matchAll({ type: "window" });
    const there = windows.find((each) => each.url === front);
    return there ? there.focus() : self.clients.openWindow(front);
  };
  event.waitUntil(open());
});
