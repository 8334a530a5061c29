/** Serves the built pages, and answers their calls to the API inside the browser. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = process.env.ANCU_UI_DIST ?? fileURLToPath(new URL('../../../dist/', import.meta.url));
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const picture = (name) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#8d8a80"/><rect x="210" y="90" width="220" height="390" fill="#4c4a45"/><rect x="230" y="110" width="180" height="370" fill="#b98d4c"/><circle cx="390" cy="300" r="9" fill="#222"/><text x="20" y="460" font-size="22" fill="#fff">${name.slice(0, 6)}</text></svg>`;

/** The answer to a call, with the path's parameters. */
function find(table, method, path) {
  for (const [pattern, handler] of Object.entries(table)) {
    const [verb, route] = pattern.split(' ');
    const wanted = route.split('/');
    const parts = path.split('/');
    if (verb !== method || wanted.length !== parts.length) continue;
    if (wanted.every((word, index) => word.startsWith(':') || word === parts[index])) {
      return { handler, id: parts[1] ?? '' };
    }
  }
  return null;
}

/** A refusal to be answered by a handler. */
export const refusal = (status, code, title, title_en) => ({
  refused: true,
  status,
  problem: { type: `urn:ancu:problem:${code}`, status, code, title, title_en },
});

/** Answers the page's calls to the API from a table. */
export async function serve(browserPage, table) {
  await browserPage.route('**/api/v1/**', async (route) => {
    const url = new URL(route.request().url());
    const path = url.pathname.replace('/api/v1/', '');
    if (path.startsWith('photos/')) {
      return route.fulfill({ contentType: 'image/svg+xml', body: picture(path.slice(7)) });
    }
    const found = find(table, route.request().method(), path);
    const body = found?.handler(found.id, route.request().postDataJSON(), url.searchParams);
    if (!found)
      return route.fulfill({
        status: 404,
        contentType: 'application/problem+json',
        body: JSON.stringify(refusal(404, 'not_found', 'Không tìm thấy.', 'Not found.').problem),
      });
    if (body?.refused)
      return route.fulfill({
        status: body.status,
        contentType: 'application/problem+json',
        body: JSON.stringify(body.problem),
      });
    if (body === undefined) return route.fulfill({ status: 204 });
    return route.fulfill({ contentType: 'application/json', body: JSON.stringify(body) });
  });
}

/** The built pages on a port of this machine, as the server gives them: unknown paths are the page itself. */
export async function pages(folder = DIST) {
  const server = createServer((request, response) => {
    const wanted = join(folder, new URL(request.url, 'http://x').pathname);
    const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(folder, 'index.html');
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${server.address().port}`, end: () => server.close() };
}
