/** What a browser sends with a click, cookies of a common kind of site included (Host is wrk's). */
export const BROWSER = {
  Connection: "keep-alive",
  "Cache-Control": "max-age=0",
  "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Linux"',
  "Upgrade-Insecure-Requests": "1",
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  Referer: "http://localhost/somewhere/before?page=2",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  "Accept-Language": "en-GB,en;q=0.9,de;q=0.8",
  Cookie:
    "session=s%3AhT3kq0yJm4uX9wZb2VdL7cRfN1aPgE5i.8Yk2Lw0dQmXr7Ts9Bv1Jh; theme=dark; consent=necessary; " +
    "_id=GA1.1.1234567890.1700000000; cart=3b1f0c9a-5a0e-4a69-8b57-0e8f4a5c3d21",
} as const;
