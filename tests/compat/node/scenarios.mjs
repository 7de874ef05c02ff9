// The scenarios of ../scenarios.json by the official Node SDK.
//
// Usage: scenarios.mjs SCENARIOS RESULTS: reads the list, and writes
// {"sdk", "passed", "failed": {id: reason}, "absent": {id: reason}}.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { AzureOpenAI, toFile } from "openai";
import { VERSION } from "openai/version.mjs";

let requests = 0;
const counting = (...given) => {
  requests += 1;
  return fetch(...given);
};
const client = new OpenAI({ fetch: counting });
const folder = mkdtempSync(join(tmpdir(), "partwise-node-"));

const md5Of = (bytes) => createHash("md5").update(bytes).digest("hex");

const newUpload = (bytes, fields = {}) =>
  client.uploads.create({
    bytes, filename: "data.jsonl", mime_type: "text/jsonl", purpose: "batch", ...fields });

const addPart = async (upload, bytes) =>
  (await client.uploads.parts.create(upload.id, { data: await toFile(bytes, "part") })).id;

const newFile = async (bytes, fields = {}) =>
  client.files.create({ file: await toFile(bytes, "notes.txt"), purpose: "user_data", ...fields });

const contentOf = async (id) =>
  Buffer.from(await (await client.files.content(id)).arrayBuffer());

function onDisk(name, bytes) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

// The error of a call that must be refused with this class.
async function refused(call, kind, sent = null) {
  const before = requests;
  const error = await call.then(() => assert.fail("the call should have failed"), (one) => one);
  assert.ok(error instanceof kind, `${error}`);
  if (sent !== null) assert.equal(requests - before, sent, "requests that were sent");
  return error;
}

const scenarios = {
  async upload_create() {
    const upload = await newUpload(11);
    assert.equal(upload.status, "pending");
    assert.equal(upload.bytes, 11);
    assert.equal(upload.expires_at, upload.created_at + 3600);
    assert.equal(upload.file, undefined);
  },
  async upload_parts() {
    const pieces = [randomBytes(70_000), randomBytes(1), randomBytes(300_000)];
    const content = Buffer.concat(pieces);
    const upload = await newUpload(content.length, {
      filename: "naïve – 文件.bin", purpose: "user_data" });
    const ids = [];
    for (const piece of pieces) ids.push(await addPart(upload, piece));
    const done = await client.uploads.complete(upload.id, { part_ids: ids });
    assert.equal(done.status, "completed");
    assert.equal(done.file.filename, "naïve – 文件.bin");
    assert.deepEqual(await contentOf(done.file.id), content);
  },
  async upload_parts_parallel() {
    const pieces = Array.from({ length: 16 }, (_, n) => randomBytes(100_000 + n));
    const upload = await newUpload(pieces.reduce((sum, piece) => sum + piece.length, 0));
    const ids = await Promise.all(pieces.map((piece) => addPart(upload, piece)));
    const done = await client.uploads.complete(upload.id, { part_ids: ids });
    assert.deepEqual(await contentOf(done.file.id), Buffer.concat(pieces));
  },
  async upload_part_stream() {
    const content = randomBytes(500_000);
    const path = onDisk("part.bin", content);
    const upload = await newUpload(content.length);
    const part = await client.uploads.parts.create(upload.id, { data: createReadStream(path) });
    const done = await client.uploads.complete(upload.id, { part_ids: [part.id] });
    assert.deepEqual(await contentOf(done.file.id), content);
  },
  async upload_cancel() {
    const upload = await newUpload(3);
    const part = await addPart(upload, Buffer.from("abc"));
    assert.equal((await client.uploads.cancel(upload.id)).status, "cancelled");
    const error = await refused(addPart(upload, Buffer.from("def")), OpenAI.BadRequestError, 1);
    assert.match(error.message, /is not pending \(status: cancelled\)/);
    await refused(
      client.uploads.complete(upload.id, { part_ids: [part] }), OpenAI.BadRequestError, 1);
  },
  async upload_cancel_again() {
    const upload = await newUpload(1);
    const first = await client.uploads.cancel(upload.id);
    assert.deepEqual(await client.uploads.cancel(upload.id), first);
  },
  async upload_complete_again() {
    const upload = await newUpload(3);
    const ids = [await addPart(upload, Buffer.from("abc")), await addPart(upload, Buffer.from("abc"))];
    const first = await client.uploads.complete(upload.id, { part_ids: ids.slice(0, 1) });
    assert.deepEqual(await client.uploads.complete(upload.id, { part_ids: ids.slice(0, 1) }), first);
    await refused(
      client.uploads.complete(upload.id, { part_ids: ids.slice(1) }), OpenAI.BadRequestError);
  },
  async upload_md5() {
    const content = randomBytes(100_000);
    const upload = await newUpload(content.length);
    const part_ids = [await addPart(upload, content)];
    const error = await refused(
      client.uploads.complete(upload.id, { part_ids, md5: md5Of("other") }), OpenAI.BadRequestError);
    assert.equal(error.param, "md5");
    const done = await client.uploads.complete(upload.id, { part_ids, md5: md5Of(content) });
    assert.equal(done.status, "completed");
  },
  async upload_wrong_sum() {
    const upload = await newUpload(6);
    const first = await addPart(upload, Buffer.from("abc"));
    await refused(client.uploads.complete(upload.id, { part_ids: [first] }), OpenAI.BadRequestError);
    const second = await addPart(upload, Buffer.from("def"));
    const done = await client.uploads.complete(upload.id, { part_ids: [second, first] });
    assert.equal((await contentOf(done.file.id)).toString(), "defabc");
  },
  async upload_wrong_part_ids() {
    const upload = await newUpload(3);
    const error = await refused(
      client.uploads.complete(upload.id, { part_ids: ["part_unknown"] }), OpenAI.BadRequestError);
    assert.equal(error.param, "part_ids");
    assert.match(error.message, /part_unknown/);
  },
  async upload_expires_after() {
    const upload = await newUpload(0, {
      purpose: "user_data", expires_after: { anchor: "created_at", seconds: 7200 } });
    const done = await client.uploads.complete(upload.id, { part_ids: [] });
    assert.equal(done.file.expires_at, upload.created_at + 7200);
  },
  async upload_idempotent() {
    const headers = { "Idempotency-Key": `node-${randomBytes(8).toString("hex")}` };
    const body = { bytes: 1, filename: "once", mime_type: "", purpose: "batch" };
    const [first, second] = await Promise.all([
      client.uploads.create(body, { headers }), client.uploads.create(body, { headers })]);
    assert.equal(first.id, second.id);
    await refused(
      client.uploads.create({ ...body, bytes: 2 }, { headers }), OpenAI.BadRequestError, 1);
  },
  async file_create() {
    const content = randomBytes(10_000);
    const file = await client.files.create({
      file: new File([content], "größe 文件.txt"), purpose: "assistants" });
    assert.equal(file.filename, "größe 文件.txt");
    assert.equal(file.status, "processed");
    assert.equal(file.bytes, content.length);
  },
  async file_create_stream() {
    const content = randomBytes(3_000_000);
    const path = onDisk("large.bin", content);
    const file = await client.files.create({ file: createReadStream(path), purpose: "user_data" });
    assert.equal(file.filename, "large.bin");
    assert.deepEqual(await contentOf(file.id), content);
    const fetched = await client.files.create({
      file: new Response(content), purpose: "user_data" });
    assert.equal(fetched.bytes, content.length);
  },
  async file_expires_after() {
    const file = await newFile("x", { expires_after: { anchor: "created_at", seconds: 3600 } });
    assert.equal(file.expires_at, file.created_at + 3600);
  },
  async file_pages() {
    const made = [];
    for (let n = 0; n < 7; ++n) made.push((await newFile("x", { purpose: "vision" })).id);
    const seen = [];
    for await (const file of client.files.list({ limit: 2, order: "asc", purpose: "vision" })) {
      seen.push(file.id);
    }
    assert.deepEqual(seen.filter((id) => made.includes(id)), made);
    assert.equal(new Set(seen).size, seen.length);
  },
  async file_list_filter() {
    const vision = (await newFile("x", { purpose: "vision" })).id;
    const other = (await newFile("x")).id;
    const page = await client.files.list({ purpose: "vision", limit: 100 });
    assert.equal(page.data[0].id, vision);
    assert.ok(page.data.every((file) => file.purpose === "vision"));
    assert.equal((await client.files.list({ limit: 1 })).data[0].id, other);
  },
  async file_retrieve() {
    const file = await newFile("x");
    assert.deepEqual(await client.files.retrieve(file.id), file);
  },
  async file_wait() {
    const file = await newFile("x");
    const waited = await client.files.waitForProcessing(file.id, { maxWait: 4000 });
    assert.equal(waited.status, "processed");
  },
  async file_content() {
    const content = randomBytes(200_000);
    assert.deepEqual(await contentOf((await newFile(content)).id), content);
  },
  async file_content_stream() {
    const content = randomBytes(2_000_000);
    const answer = await client.files.content((await newFile(content)).id);
    const pieces = [];
    for await (const piece of answer.body) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), content);
  },
  async file_content_range() {
    const file = await newFile("0123456789");
    const answer = await client.files.content(file.id, { headers: { Range: "bytes=2-5" } });
    assert.equal(answer.status, 206);
    assert.equal(await answer.text(), "2345");
  },
  async file_delete() {
    const { id } = await newFile("x");
    assert.deepEqual(await client.files.delete(id), { object: "file", deleted: true, id });
    for (const call of ["retrieve", "content", "delete"]) {
      await refused(client.files[call](id), OpenAI.NotFoundError, 1);
    }
  },
  async error_purpose() {
    const error = await refused(newFile("x", { purpose: "poetry" }), OpenAI.BadRequestError);
    assert.equal(error.param, "purpose");
    assert.equal(error.type, "invalid_request_error");
  },
  async error_key() {
    const stranger = new OpenAI({ apiKey: "pw-wrong-key-that-nobody-made" });
    const error = await refused(stranger.files.retrieve("file-x"), OpenAI.AuthenticationError);
    assert.equal(error.code, "invalid_api_key");
    assert.ok(!error.message.includes("wrong-key-that-nobody"));
    assert.match(error.requestID, /^req_/);
  },
  async error_not_found() {
    const error = await refused(client.files.retrieve("file-x"), OpenAI.NotFoundError, 1);
    assert.match(error.message, /No such File object: file-x/);
  },
  async raw_response() {
    const { data, response, request_id } = await newUpload(1).withResponse();
    assert.equal(data.status, "pending");
    assert.equal(response.headers.get("openai-version"), "2020-10-01");
    assert.match(request_id, /^req_/);
  },
  async azure_client() {
    const azure = new AzureOpenAI({
      baseURL: null, endpoint: new URL(process.env.OPENAI_BASE_URL).origin,
      apiKey: process.env.OPENAI_API_KEY, apiVersion: "2024-10-21" });
    const file = await azure.files.create({ file: await toFile("azure", "a.txt"), purpose: "user_data" });
    assert.equal(await (await azure.files.content(file.id)).text(), "azure");
    const upload = await azure.uploads.create({
      bytes: 3, filename: "a", mime_type: "", purpose: "user_data" });
    const part = await azure.uploads.parts.create(upload.id, { data: await toFile("abc", "part") });
    const done = await azure.uploads.complete(upload.id, { part_ids: [part.id] });
    assert.equal(done.status, "completed");
  },
};

const results = {
  sdk: `openai ${VERSION}`, passed: [], failed: {},
  absent: { upload_chunked: "this SDK has no such verb" },
};
const wanted = JSON.parse(readFileSync(process.argv[2])).scenarios;
for (const { id } of wanted) {
  if (id in results.absent) continue;
  try {
    assert.ok(id in scenarios, "not written");
    await scenarios[id]();
    results.passed.push(id);
  } catch (error) {
    results.failed[id] = error.stack ?? `${error}`;
  }
}
writeFileSync(process.argv[3], JSON.stringify(results));
