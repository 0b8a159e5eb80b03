import app from "../apps/express.ts";
import { HOST, PORT } from "./place.ts";

app.listen(PORT, HOST);
