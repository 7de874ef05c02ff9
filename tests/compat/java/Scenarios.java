// The scenarios of ../scenarios.json by the official Java SDK.
//
// Usage: Scenarios SCENARIOS RESULTS: reads the list, and writes
// {"sdk", "passed", "failed": {id: reason}, "absent": {id: reason}}.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.azure.credential.AzureApiKeyCredential;
import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.client.okhttp.OkHttpClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.HttpResponseFor;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.files.FileContentParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

public class Scenarios {
  interface Scenario {
    void run() throws Exception;
  }

  static final AtomicInteger requests = new AtomicInteger();
  static final OpenAIClient client = new OpenAIClientImpl(ClientOptions.builder()
      .httpClient(OkHttpClient.builder().addInterceptor(chain -> {
        requests.incrementAndGet();
        return chain.proceed(chain.request());
      }).build())
      .fromEnv().build());
  static final Random random = new Random();

  static void equal(Object got, Object want) {
    if (!got.equals(want)) throw new AssertionError(got + " instead of " + want);
  }

  static void same(byte[] got, byte[] want) {
    if (!Arrays.equals(got, want)) throw new AssertionError("other bytes");
  }

  static void holds(boolean truth, String what) {
    if (!truth) throw new AssertionError("not so: " + what);
  }

  static <E extends OpenAIServiceException> E refused(Class<E> kind, Callable<?> call)
      throws Exception {
    try {
      call.call();
    } catch (OpenAIServiceException refusal) {
      return kind.cast(refusal);
    }
    throw new AssertionError("the call should have failed");
  }

  static <E extends OpenAIServiceException> E refusedOnce(Class<E> kind, Callable<?> call)
      throws Exception {
    int before = requests.get();
    E refusal = refused(kind, call);
    equal(requests.get() - before, 1);
    return refusal;
  }

  static byte[] randomBytes(int count) {
    byte[] content = new byte[count];
    random.nextBytes(content);
    return content;
  }

  static byte[] bytesOf(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String md5Of(byte[] content) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
  }

  static Path onDisk(String name, byte[] content) throws Exception {
    return Files.write(Files.createTempDirectory("partwise-java-").resolve(name), content);
  }

  static UploadCreateParams.Builder upload(long bytes) {
    return UploadCreateParams.builder().bytes(bytes).filename("data.jsonl").mimeType("text/jsonl")
        .purpose(FilePurpose.BATCH);
  }

  static Upload newUpload(long bytes) {
    return client.uploads().create(upload(bytes).build());
  }

  static String addPart(Upload upload, byte[] content) {
    return client.uploads().parts()
        .create(upload.id(), PartCreateParams.builder().data(content).build()).id();
  }

  static Upload complete(Upload upload, List<String> ids) {
    return client.uploads().complete(
        upload.id(), UploadCompleteParams.builder().partIds(ids).build());
  }

  static MultipartField<InputStream> named(byte[] content, String name) {
    return MultipartField.<InputStream>builder()
        .value(new ByteArrayInputStream(content)).filename(name).build();
  }

  static FileObject newFile(byte[] content, FilePurpose purpose) {
    return client.files().create(
        FileCreateParams.builder().file(named(content, "notes.txt")).purpose(purpose).build());
  }

  static byte[] contentOf(String id) throws Exception {
    try (HttpResponse answer = client.files().content(id)) {
      return answer.body().readAllBytes();
    }
  }

  static void addUploads(Map<String, Scenario> all) {
    all.put("upload_create", () -> {
      Upload upload = newUpload(11).validate();
      equal(upload.status(), Upload.Status.PENDING);
      equal(upload.expiresAt(), upload.createdAt() + 3600);
      holds(upload.file().isEmpty(), "a pending upload has no file");
    });
    all.put("upload_parts", () -> {
      byte[] content = randomBytes(370_000);
      Upload upload = client.uploads().create(
          upload(content.length).filename("naïve – 文件.bin").purpose(FilePurpose.USER_DATA).build());
      Upload done = complete(upload, List.of(
          addPart(upload, Arrays.copyOfRange(content, 0, 70_000)),
          addPart(upload, Arrays.copyOfRange(content, 70_000, content.length)))).validate();
      equal(done.status(), Upload.Status.COMPLETED);
      equal(done.file().get().filename(), "naïve – 文件.bin");
      same(contentOf(done.file().get().id()), content);
    });
    all.put("upload_parts_parallel", () -> {
      byte[] content = randomBytes(1_600_000);
      Upload upload = newUpload(content.length);
      ExecutorService pool = Executors.newFixedThreadPool(16);
      List<Future<String>> sent = new ArrayList<>();
      for (int n = 0; n < 16; ++n) {
        byte[] piece = Arrays.copyOfRange(content, n * 100_000, (n + 1) * 100_000);
        sent.add(pool.submit(() -> addPart(upload, piece)));
      }
      List<String> ids = new ArrayList<>();
      for (Future<String> one : sent) ids.add(one.get());
      pool.shutdown();
      same(contentOf(complete(upload, ids).file().get().id()), content);
    });
    all.put("upload_part_stream", () -> {
      byte[] content = randomBytes(500_000);
      Upload upload = newUpload(content.length);
      try (InputStream stream = Files.newInputStream(onDisk("part.bin", content))) {
        String id = client.uploads().parts()
            .create(upload.id(), PartCreateParams.builder().data(stream).build()).id();
        same(contentOf(complete(upload, List.of(id)).file().get().id()), content);
      }
    });
    all.put("upload_cancel", () -> {
      Upload upload = newUpload(3);
      String part = addPart(upload, bytesOf("abc"));
      equal(client.uploads().cancel(upload.id()).status(), Upload.Status.CANCELLED);
      var refusal = refusedOnce(
          BadRequestException.class, () -> addPart(upload, bytesOf("def")));
      holds(refusal.getMessage().contains("is not pending (status: cancelled)"),
          refusal.getMessage());
      refusedOnce(BadRequestException.class, () -> complete(upload, List.of(part)));
    });
    all.put("upload_cancel_again", () -> {
      Upload upload = newUpload(1);
      equal(client.uploads().cancel(upload.id()), client.uploads().cancel(upload.id()));
    });
    all.put("upload_complete_again", () -> {
      Upload upload = newUpload(3);
      String one = addPart(upload, bytesOf("abc"));
      String two = addPart(upload, bytesOf("abc"));
      equal(complete(upload, List.of(one)), complete(upload, List.of(one)));
      refused(BadRequestException.class, () -> complete(upload, List.of(two)));
    });
    all.put("upload_md5", () -> {
      byte[] content = randomBytes(100_000);
      Upload upload = newUpload(content.length);
      var params = UploadCompleteParams.builder().addPartId(addPart(upload, content));
      var refusal = refused(BadRequestException.class, () -> client.uploads().complete(
          upload.id(), params.md5(md5Of(new byte[0])).build()));
      equal(refusal.param().get(), "md5");
      Upload done = client.uploads().complete(upload.id(), params.md5(md5Of(content)).build());
      equal(done.status(), Upload.Status.COMPLETED);
    });
    all.put("upload_wrong_sum", () -> {
      Upload upload = newUpload(6);
      String first = addPart(upload, bytesOf("abc"));
      refused(BadRequestException.class, () -> complete(upload, List.of(first)));
      String second = addPart(upload, bytesOf("def"));
      same(contentOf(complete(upload, List.of(second, first)).file().get().id()),
          bytesOf("defabc"));
    });
    all.put("upload_wrong_part_ids", () -> {
      Upload upload = newUpload(3);
      var refusal = refused(
          BadRequestException.class, () -> complete(upload, List.of("part_unknown")));
      equal(refusal.param().get(), "part_ids");
      holds(refusal.getMessage().contains("part_unknown"), refusal.getMessage());
    });
    all.put("upload_expires_after", () -> {
      Upload upload = client.uploads().create(upload(0).purpose(FilePurpose.USER_DATA)
          .expiresAfter(UploadCreateParams.ExpiresAfter.builder().seconds(7200).build()).build());
      equal(complete(upload, List.of()).file().get().expiresAt().get(),
          upload.createdAt() + 7200);
    });
    all.put("upload_idempotent", () -> {
      String key = "java-" + random.nextLong();
      var params = upload(1).putAdditionalHeader("Idempotency-Key", key);
      Upload first = client.uploads().create(params.build());
      equal(client.uploads().create(params.build()).id(), first.id());
      refused(BadRequestException.class, () -> client.uploads().create(params.bytes(2).build()));
    });
  }

  static void addFiles(Map<String, Scenario> all) {
    all.put("file_create", () -> {
      FileObject file = client.files().create(FileCreateParams.builder()
          .file(named(bytesOf("x"), "größe 文件.txt")).purpose(FilePurpose.ASSISTANTS).build());
      equal(file.filename(), "größe 文件.txt");
      equal(file.validate().status(), FileObject.Status.PROCESSED);
    });
    all.put("file_create_stream", () -> {
      byte[] content = randomBytes(3_000_000);
      FileObject file = client.files().create(FileCreateParams.builder()
          .file(onDisk("large.bin", content)).purpose(FilePurpose.USER_DATA).build());
      equal(file.filename(), "large.bin");
      same(contentOf(file.id()), content);
    });
    all.put("file_expires_after", () -> {
      FileObject file = client.files().create(FileCreateParams.builder()
          .file(named(bytesOf("x"), "x")).purpose(FilePurpose.USER_DATA)
          .expiresAfter(FileCreateParams.ExpiresAfter.builder().seconds(3600).build()).build());
      equal(file.expiresAt().get(), file.createdAt() + 3600);
    });
    all.put("file_pages", () -> {
      List<String> made = new ArrayList<>();
      for (int n = 0; n < 7; ++n) made.add(newFile(bytesOf("x"), FilePurpose.VISION).id());
      List<String> seen = new ArrayList<>();
      for (FileObject file : client.files().list(FileListParams.builder().limit(2)
          .order(FileListParams.Order.ASC).purpose("vision").build()).autoPager()) {
        if (made.contains(file.id())) seen.add(file.id());
      }
      equal(seen, made);
    });
    all.put("file_list_filter", () -> {
      FileObject vision = newFile(bytesOf("x"), FilePurpose.VISION);
      FileObject other = newFile(bytesOf("x"), FilePurpose.USER_DATA);
      var page = client.files().list(FileListParams.builder().purpose("vision").build());
      equal(page.data().get(0).id(), vision.id());
      for (FileObject file : page.data()) equal(file.purpose(), FileObject.Purpose.VISION);
      page = client.files().list(FileListParams.builder().limit(1).build());
      equal(page.data().get(0).id(), other.id());
    });
    all.put("file_retrieve", () -> {
      FileObject file = newFile(bytesOf("x"), FilePurpose.USER_DATA);
      equal(client.files().retrieve(file.id()), file);
    });
    all.put("file_content", () -> {
      byte[] content = randomBytes(200_000);
      same(contentOf(newFile(content, FilePurpose.USER_DATA).id()), content);
    });
    all.put("file_content_stream", () -> {
      byte[] content = randomBytes(2_000_000);
      FileObject file = newFile(content, FilePurpose.USER_DATA);
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      try (HttpResponse answer = client.files().content(file.id())) {
        byte[] buffer = new byte[8192];
        for (int count; (count = answer.body().read(buffer)) > 0;) read.write(buffer, 0, count);
      }
      same(read.toByteArray(), content);
    });
    all.put("file_content_range", () -> {
      FileObject file = newFile(bytesOf("0123456789"), FilePurpose.USER_DATA);
      try (HttpResponse answer = client.files().content(FileContentParams.builder()
          .fileId(file.id()).putAdditionalHeader("Range", "bytes=2-5").build())) {
        equal(answer.statusCode(), 206);
        same(answer.body().readAllBytes(), bytesOf("2345"));
      }
    });
    all.put("file_delete", () -> {
      String id = newFile(bytesOf("x"), FilePurpose.USER_DATA).id();
      holds(client.files().delete(id).deleted(), "deleted");
      refusedOnce(NotFoundException.class, () -> client.files().retrieve(id));
      refusedOnce(NotFoundException.class, () -> client.files().content(id));
      refusedOnce(NotFoundException.class, () -> client.files().delete(id));
    });
  }

  static void addCommon(Map<String, Scenario> all) {
    all.put("error_purpose", () -> {
      var refusal = refused(BadRequestException.class,
          () -> newFile(bytesOf("x"), FilePurpose.of("poetry")));
      equal(refusal.param().get(), "purpose");
      equal(refusal.type().get(), "invalid_request_error");
    });
    all.put("error_key", () -> {
      OpenAIClient stranger = OpenAIOkHttpClient.builder().fromEnv()
          .apiKey("pw-wrong-key-that-nobody-made").build();
      var refusal = refused(UnauthorizedException.class, () -> stranger.files().retrieve("file-x"));
      equal(refusal.code().get(), "invalid_api_key");
      holds(!refusal.getMessage().contains("wrong-key-that-nobody"), "the key is masked");
    });
    all.put("error_not_found", () -> {
      var refusal = refusedOnce(NotFoundException.class, () -> client.files().retrieve("file-x"));
      holds(refusal.getMessage().contains("No such File object: file-x"), refusal.getMessage());
    });
    all.put("raw_response", () -> {
      try (HttpResponseFor<Upload> answer =
          client.uploads().withRawResponse().create(upload(1).build())) {
        equal(answer.parse().status(), Upload.Status.PENDING);
        equal(answer.headers().values("openai-version"), List.of("2020-10-01"));
        holds(answer.requestId().get().startsWith("req_"), "a request id");
      }
    });
    all.put("azure_client", () -> {
      String origin = System.getenv("OPENAI_BASE_URL").replaceFirst("/v1$", "");
      OpenAIClient azure = OpenAIOkHttpClient.builder().baseUrl(origin + "/openai/v1")
          .credential(AzureApiKeyCredential.create(System.getenv("OPENAI_API_KEY"))).build();
      FileObject file = azure.files().create(FileCreateParams.builder()
          .file(named(bytesOf("azure"), "a.txt")).purpose(FilePurpose.USER_DATA).build());
      same(contentOf(file.id()), bytesOf("azure"));
      Upload upload = azure.uploads().create(upload(3).build());
      String part = azure.uploads().parts()
          .create(upload.id(), PartCreateParams.builder().data(bytesOf("abc")).build()).id();
      equal(azure.uploads().complete(upload.id(), UploadCompleteParams.builder()
          .addPartId(part).build()).status(), Upload.Status.COMPLETED);
    });
  }

  static String reasonOf(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    Map<String, Scenario> all = new TreeMap<>();
    addUploads(all);
    addFiles(all);
    addCommon(all);
    List<String> passed = new ArrayList<>();
    Map<String, String> failed = new TreeMap<>();
    Map<String, String> absent = Map.of("upload_chunked", "this SDK has no such verb",
        "file_wait", "this SDK has no such verb");
    for (JsonNode wanted : json.readTree(new File(arguments[0])).get("scenarios")) {
      String id = wanted.get("id").asText();
      if (absent.containsKey(id)) continue;
      try {
        holds(all.containsKey(id), "written");
        all.get(id).run();
        passed.add(id);
      } catch (Throwable failure) {
        failed.put(id, reasonOf(failure));
      }
    }
    json.writeValue(new File(arguments[1]), Map.of("sdk", "openai-java " + System.getProperty("sdk.version"),
        "passed", passed, "failed", failed, "absent", absent));
    System.exit(0);  // The threads of the clients would keep the program for a minute.
  }
}
