import { spawn } from 'node:child_process';
import { Project } from './project.mjs';

const pageFile = `
import { network, linear, rate, createEngine, evaluate, arrays } from '@certispike/sdk';
export const dynamic = 'force-dynamic';
export default async function Page() {
  const net = network({ input: rate([1, 2, 2], { steps: 3 }), layers: [linear(2)] });
  return <main>{net.layers.length} layer, {typeof createEngine}, {typeof evaluate}, {typeof arrays}</main>;
}
`;

const clientFile = `
'use client';
import { network, linear, rate } from '@certispike/sdk';
export default function Client() {
  return <p>{network({ input: rate([1, 2, 2], { steps: 3 }), layers: [linear(2)] }).layers.length} in the client</p>;
}
`;

test('Next.js renders a page that imports the SDK on the server and in a client component', async () => {
  const project = new Project();
  try {
    await rendered(project);
  } finally {
    project.remove();
  }
});

async function rendered(project) {
  project.write('app/page.jsx', pageFile);
  project.write('app/client/page.jsx', clientFile);
  project.write(
    'app/layout.jsx',
    `export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }`,
  );
  project.write('next.config.mjs', `export default { serverExternalPackages: ['@certispike/sdk'] };`);
  await project.install('sdk', 'next@16.4.6', 'react@19.2.0', 'react-dom@19.2.0');
  const env = { NEXT_TELEMETRY_DISABLED: '1' };
  await project.bin('next', ['build'], env);
  const server = spawn(project.path('node_modules', '.bin', 'next'), ['start', '-H', '127.0.0.1', '-p', '0'], {
    cwd: project.path(),
    env: { ...process.env, ...env, NODE_ENV: 'production', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    const url = await new Promise((resolve, reject) => {
      let told = '';
      const read = (chunk) => {
        told += chunk;
        const found = /http:\/\/(?:127\.0\.0\.1|localhost):(\d+)/.exec(told);
        if (found && /Ready/.test(told)) resolve(`http://127.0.0.1:${found[1]}`);
      };
      server.stdout.on('data', read);
      server.stderr.on('data', read);
      server.once('exit', () => reject(new Error(told)));
    });
    const text = async (path) => (await (await fetch(`${url}${path}`)).text()).replaceAll(/<!--.*?-->/g, '');
    expect(await text('/')).toContain('1 layer, function, function, function');
    expect(await text('/client')).toContain('1 in the client');
  } finally {
    process.kill(-server.pid);
  }
}
