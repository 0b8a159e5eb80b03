export default (): Response => new Response("Hello, World!", { headers: { "content-type": "text/plain" } });
