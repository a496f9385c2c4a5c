/** Elements, icons and files: what every part of the page needs of the browser. */

/**
 * An element. `on` holds listeners, `text` its text; every other property is an attribute, left out when false or null.
 *
 * @returns {HTMLElement}
 */
export function el(tag, { on = {}, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** An icon of the sprite in index.html; what it means stands beside it or in the button's name. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A button that shows an icon alone; its name is read aloud and shown as a tip. */
export function iconButton(name, label, onClick, attributes = {}) {
  return el(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title: label, on: { click: onClick }, ...attributes },
    icon(name),
  );
}

/** Replace what an element holds; the focus stays on the control with the same `data-key`. */
export function refill(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const { scrollTop } = container;
  container.replaceChildren(...children.filter(Boolean));
  container.scrollTop = scrollTop;
  if (focused !== undefined) {
    [...container.querySelectorAll('[data-key]')].find((element) => element.dataset.key === focused)?.focus();
  }
}

/** Let the browser save a file. */
export function saveFile(blob, name) {
  const url = URL.createObjectURL(blob);
  el('a', { href: url, download: name }).click();
  // The browser reads the address after this turn; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** "holiday.jpg" -> "holiday" */
export function stemOf(fileName) {
  return fileName.replace(/\.[^.]+$/, '') || 'photo';
}
