// Renders the OpenAPI document of this node. Text goes in as text nodes only.
'use strict';

const make = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((c) => c != null));
  return node;
};

let doc;

// resolve follows a reference inside of the document.
const resolve = (x) => {
  while (x && x.$ref) {
    x = x.$ref.slice(2).split('/').reduce((at, key) => at[key.replace(/~1/g, '/').replace(/~0/g, '~')], doc);
  }
  return x || {};
};

const nameOf = (schema) => {
  const s = resolve(schema);
  let name = s.type || 'any';
  if (s.type === 'array') name = 'array of ' + nameOf(s.items);
  if (s.format) name += ' (' + s.format + ')';
  if (s.enum) name += ': ' + s.enum.join(' | ');
  if (s.nullable) name += ' or null';
  return name;
};

// sample writes a value of the shape that a schema describes.
const sample = (schema, depth = 0) => {
  const s = resolve(schema);
  if (s.example !== undefined) return s.example;
  if (s.default !== undefined) return s.default;
  if (s.enum) return s.enum[0];
  if (depth > 6) return null;
  switch (s.type) {
    case 'object': {
      const out = {};
      for (const [key, value] of Object.entries(s.properties || {})) out[key] = sample(value, depth + 1);
      if (s.additionalProperties) out.name = sample(s.additionalProperties, depth + 1);
      return out;
    }
    case 'array': return [sample(s.items, depth + 1)];
    case 'boolean': return true;
    case 'integer': return 1;
    case 'number': return 0.5;
    default: return s.format === 'date-time' ? '2024-01-15T10:30:00Z' : 'string';
  }
};

// prose sets what stands between backticks as code.
const prose = (text) => make('p', {}, ...text.split('`').map((part, i) => (i % 2 ? make('code', { textContent: part }) : part)));

const table = (head, rows) => make('table', {},
  make('thead', {}, make('tr', {}, ...head.map((h) => make('th', { textContent: h })))),
  make('tbody', {}, ...rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', { textContent: cell }))))));

const fields = (schema) => {
  const s = resolve(schema);
  const required = s.required || [];
  return Object.entries(s.properties || {}).map(([name, value]) =>
    [name, nameOf(value), required.includes(name) ? 'yes' : 'no', resolve(value).description || '']);
};

const content = (title, body) => {
  const out = make('div');
  for (const [type, media] of Object.entries(body.content || {})) {
    out.append(make('h4', { textContent: title + ': ' + type }));
    const rows = fields(media.schema);
    if (title === 'Request body' && rows.length) out.append(table(['Field', 'Type', 'Required', ''], rows));
    if (resolve(media.schema).type === 'object') out.append(make('pre', { textContent: JSON.stringify(sample(media.schema), null, 2) }));
  }
  return out;
};

const section = (base, path, method, op, shared) => {
  const box = make('section', { id: op.operationId });
  box.append(make('h3', {}, make('span', { className: 'method', textContent: method.toUpperCase() }), make('code', { textContent: base + path })));
  box.append(make('p', { textContent: op.summary || '' }));
  if (op.description) box.append(prose(op.description));
  box.append(make('p', { className: 'note', textContent: 'Callers: ' + (op['x-caller'] || 'anyone') }));
  const params = [...shared, ...(op.parameters || [])].map(resolve);
  if (params.length) {
    box.append(table(['Parameter', 'In', 'Type', 'Required', ''], params.map((p) =>
      [p.name, p.in, nameOf(p.schema), p.required ? 'yes' : 'no', p.description || ''])));
  }
  if (op.requestBody) box.append(content('Request body', resolve(op.requestBody)));
  const ok = resolve((op.responses || {})['200']);
  box.append(content('Answer', ok));
  return box;
};

const render = () => {
  const nav = document.getElementById('nav');
  const main = document.getElementById('main');
  nav.replaceChildren(make('strong', { textContent: doc.info.title + ' API' }));
  main.replaceChildren(make('h1', { textContent: doc.info.title + ' API' }),
    ...doc.info.description.trim().split(/\n\s*\n/).map(prose),
    make('p', {}, make('a', { href: '/openapi.json', textContent: 'openapi.json' })));
  for (const tag of doc.tags) {
    nav.append(make('h2', { textContent: tag.name }));
    main.append(make('h2', { textContent: tag.name }), make('p', { textContent: tag.description || '' }));
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const method of ['get', 'post', 'put', 'patch', 'delete']) {
        const op = item[method];
        if (!op || !op.tags.includes(tag.name)) continue;
        nav.append(make('a', { href: '#' + op.operationId, textContent: op.summary }));
        main.append(section((item.servers || doc.servers)[0].url.replace(/\/$/, ''), path, method, op, item.parameters || []));
      }
    }
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
};

fetch('/openapi.json')
  .then((answer) => answer.json())
  .then((parsed) => { doc = parsed; render(); })
  .catch((problem) => { document.getElementById('main').textContent = 'The document could not be read: ' + problem; });
