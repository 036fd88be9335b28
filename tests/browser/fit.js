// What does not fit on a page, as sentences. `main`, `least`: how many px a button, and any control, is high at least.
// Sideways: the page itself scrolls. Cut: a box that hides part of its words, where no rule ends them in "…" or after so many
// lines. Off: words outside the screen. Small: a control that is under `least` each way (WCAG 2.5.8), links in a running
// sentence apart.
// What is far from the screen is drawn first, which a browser may leave until somebody comes near.
([main, least]) => {
  for (const one of document.querySelectorAll("*"))
    if (getComputedStyle(one).contentVisibility === "auto") one.style.contentVisibility = "visible"
  const wrong = [], root = document.documentElement, wide = root.clientWidth
  const across = root.scrollWidth - wide
  if (across > 0) wrong.push(`${across} px wider than the screen`)
  const words = one => (one.getAttribute("aria-label") || one.innerText || one.name || "").trim().slice(0, 40)
  const named = one => `<${one.localName}.${one.className}> ${words(one)}`
  const shown = one => one.checkVisibility({visibilityProperty: true, opacityProperty: true}) &&
    !one.closest(".vh,.skip,.sprite,.away,svg")
  const scrolls = one => { for (let up = one; up; up = up.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true
    return false }
  const ends = style => style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none"
  const own = one => [...one.childNodes].filter(part => part.nodeType === 3 && part.data.trim())
  for (const one of document.body.querySelectorAll("*")) {
    if (!shown(one)) continue
    const style = getComputedStyle(one)
    if (own(one).length && !scrolls(one)) {
      const hides = style.overflowX !== "visible" && !ends(style)
      if (hides && one.scrollWidth > one.clientWidth + 1) wrong.push(`cut across: ${named(one)}`)
      if (hides && one.scrollHeight > one.clientHeight + 2) wrong.push(`cut below: ${named(one)}`)
      const range = document.createRange()
      for (const part of own(one)) {
        range.selectNodeContents(part)
        const lines = ends(style) ? [one.getBoundingClientRect()] : [...range.getClientRects()]
        if (lines.some(line => line.width > 1 && (line.left < -1 || line.right > wide + 1)))
          wrong.push(`off the screen: ${named(one)}`)
        for (let up = one; up && up !== document.body; up = up.parentElement) {
          const rule = getComputedStyle(up)
          if (ends(rule)) break
          if (rule.overflowX === "visible" && rule.overflowY === "visible") continue
          const edge = up.getBoundingClientRect(), box = range.getBoundingClientRect()
          if (box.left < edge.left - 2 || box.right > edge.right + 2 || box.bottom > edge.bottom + 3)
            wrong.push(`cut by <${up.localName}.${up.className}>: ${named(one)}`)
          break
        }
      }
    }
  }
  for (const one of document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea,summary")) {
    if (!shown(one) || one.closest("[hidden]")) continue
    const inWords = one.localName === "a" && getComputedStyle(one).display === "inline"
    if (inWords) continue
    const reach = [one, ...(one.labels ?? [])].map(part => part.getBoundingClientRect())
    const broad = Math.max(...reach.map(box => box.width)), high = Math.max(...reach.map(box => box.height))
    if (Math.min(broad, high) < least - .5)
      wrong.push(`small, ${Math.round(broad)} × ${Math.round(high)}: ${named(one)}`)
    else if (one.matches(".btn,.field,.round,.hide,.tabs a,.row,.opt") && high < main - .5)
      wrong.push(`${Math.round(high)} px high: ${named(one)}`)
  }
  return [...new Set(wrong)]
}
