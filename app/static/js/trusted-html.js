// Trusted Types: htmx alone may turn our server's answers into a page, and nothing in an answer ever becomes a script.

if (globalThis.trustedTypes) {
  const policy = trustedTypes.createPolicy("htmx", {
    createHTML: (html) => html,
    createScript: () => "",
  });
  htmx.registerExtension("trusted-html", { init: (inside) => inside.initSecurity(policy) });
}
