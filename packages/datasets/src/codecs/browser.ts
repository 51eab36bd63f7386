export async function browserCodecs(): Promise<WebAssembly.Module> {
  // Bundlers find files whose URL is written out.
  const url = new URL('./event_codecs_bg.wasm', import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}`);
  // Servers that do not know .wasm send a type that compileStreaming refuses.
  return WebAssembly.compile(await response.arrayBuffer());
}
