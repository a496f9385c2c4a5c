// Reads /openapi.json and makes a form of every operation. No library, nothing from elsewhere.

const SHOWN_BYTES = 20_000;
const keyInput = document.getElementById("key");

/** An element with properties and children; text is only ever put in as text. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function inputFor(parameter) {
  const { schema = {}, name } = parameter;
  if (schema.enum) {
    return element("select", { name }, ...["", ...schema.enum].map((value) => element("option", { value }, value)));
  }
  if (schema.type === "boolean") {
    return element("select", { name }, ...["", "true", "false"].map((value) => element("option", { value }, value)));
  }
  return element("input", { name, type: "text", placeholder: schema.default === undefined ? "" : String(schema.default) });
}

function fieldRow(label, input, description) {
  const row = element("label", { className: "field" }, element("span", {}, label), input);
  if (description) row.append(element("small", {}, description));
  return row;
}

/** The whole address of a path; the service may lie below a folder of its host. */
const addressOf = (path) => new URL(path.slice(1), document.baseURI).href;

/** What the form says as an address, headers and a body. */
function requestOf(path, form, fields) {
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const input of form.querySelectorAll("[data-in]")) {
    if (!input.value) continue;
    if (input.dataset.in === "path") address = address.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.in === "header") headers[input.name] = input.value;
    else query.set(input.name, input.value);
  }
  const request = { address: addressOf(query.size ? `${address}?${query}` : address), headers };
  const json = form.querySelector("textarea[data-is-body]");
  if (json) {
    headers["Content-Type"] = "application/json";
    return { ...request, body: json.value };
  }
  const body = fields.length ? new FormData() : null;
  for (const input of fields) {
    if (input.type === "file") for (const file of input.files) body.append(input.name, file);
    else if (input.value.trim()) body.append(input.name, input.value);
  }
  return { ...request, body };
}

/** A word for a POSIX shell. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curlOf(method, { address, headers, body }) {
  const words = ["curl"];
  if (method !== "post" || !body) words.push("-X", method.toUpperCase());
  if (keyInput.value) words.push("-H", '"Authorization: Bearer $KEY"'); // the shell puts the key in
  for (const [name, value] of Object.entries(headers)) words.push("-H", quoted(`${name}: ${value}`));
  if (typeof body === "string") words.push("--data", quoted(body));
  if (body instanceof FormData) {
    for (const [name, value] of body) {
      if (value instanceof File) words.push("-F", quoted(`${name}=@${value.name}`));
      else words.push("--form-string", quoted(`${name}=${value}`));
    }
  }
  return [...words, quoted(address)].join(" ");
}

async function showAnswer(response, place) {
  const type = response.headers.get("Content-Type") ?? "";
  const body = await response.blob();
  const line = element("p", { className: response.ok ? "" : "bad" }, `${response.status} ${type}, ${body.size} bytes`);
  place.replaceChildren(line);
  const timing = response.headers.get("Server-Timing");
  if (timing) place.append(element("p", {}, `Milliseconds: ${timing.replaceAll(";dur=", " ")}`));
  if (type.startsWith("image/")) {
    place.append(element("img", { src: URL.createObjectURL(body), alt: "The answer as a picture" }));
  } else if (body.size && (type.includes("json") || type.startsWith("text/"))) {
    let text = await body.text();
    if (type.includes("json")) text = JSON.stringify(JSON.parse(text), null, 2);
    place.append(element("pre", { tabIndex: 0 }, text.length > SHOWN_BYTES ? `${text.slice(0, SHOWN_BYTES)}\n…` : text));
  } else if (body.size) {
    place.append(element("a", { href: URL.createObjectURL(body), download: "result" }, "Save the answer"));
  }
}

/** What an object holds, in a line: its fields, those that may be left out with a question mark. */
function outlineOf(schema, schemas) {
  const { properties = {}, required = [] } = schemas[schema.$ref?.split("/").at(-1)] ?? schema;
  const fields = Object.entries(properties).map(([name, field]) => {
    const holds = field.$ref ? outlineOf(field, schemas) : field.type ?? "any";
    return `${name}${required.includes(name) ? "" : "?"}: ${holds}`;
  });
  return `{ ${fields.join(", ")} }`;
}

function operationView(path, method, operation, schemas) {
  const form = element("form", { className: "inside" });
  if (operation.description) form.append(element("p", {}, operation.description));
  for (const parameter of operation.parameters ?? []) {
    const input = inputFor(parameter);
    input.dataset.in = parameter.in;
    form.append(fieldRow(parameter.name, input, parameter.description ?? parameter.schema?.description));
  }
  const fields = [];
  const content = operation.requestBody?.content ?? {};
  for (const [name, schema] of Object.entries(content["multipart/form-data"]?.schema.properties ?? {})) {
    const isText = schema.contentMediaType === "application/json";
    const input = isText
      ? element("textarea", { name, rows: 4, spellcheck: false })
      : element("input", { type: "file", name, multiple: schema.type === "array" });
    fields.push(input);
    form.append(fieldRow(name, input, schema.description ?? schema.items?.description));
  }
  if (content["application/json"]) {
    const input = element("textarea", { rows: 6, spellcheck: false });
    input.dataset.isBody = "";
    form.append(fieldRow("body (JSON)", input, outlineOf(content["application/json"].schema, schemas)));
  }
  const answer = element("div", { role: "status" });
  const curl = element("button", { type: "button", className: "plain" }, "Show as curl");
  curl.addEventListener("click", () => {
    answer.replaceChildren(element("pre", { tabIndex: 0 }, curlOf(method, requestOf(path, form, fields))));
  });
  form.append(element("button", { type: "submit" }, "Send"), " ", curl, answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { address, headers, body } = requestOf(path, form, fields);
    answer.replaceChildren(element("p", {}, "Waiting …"));
    if (keyInput.value) headers.Authorization = `Bearer ${keyInput.value}`;
    try {
      await showAnswer(await fetch(address, { method: method.toUpperCase(), headers, body }), answer);
    } catch (error) {
      answer.replaceChildren(element("p", { className: "bad" }, `No answer: ${error.message}. Is the service running?`));
    }
  });
  const title = element("summary", {}, element("code", {}, `${method.toUpperCase()} ${path}`), ` ${operation.summary ?? ""}`);
  return element("details", {}, title, form);
}

const place = document.getElementById("operations");
try {
  const spec = await (await fetch(addressOf("/openapi.json"))).json();
  document.getElementById("version").textContent = spec.info.version;
  document.getElementById("key-row").hidden = !spec.components?.securitySchemes;
  const groups = new Map();
  for (const [path, operations] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? "Other";
      if (!groups.has(tag)) groups.set(tag, element("section", {}, element("h2", {}, tag)));
      groups.get(tag).append(operationView(path, method, operation, spec.components?.schemas ?? {}));
    }
  }
  place.replaceChildren(...groups.values());
} catch (error) {
  place.replaceChildren(element("p", { className: "bad" }, `/openapi.json cannot be read: ${error.message}`));
}
