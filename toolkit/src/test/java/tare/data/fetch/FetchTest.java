package tare.data.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Progress;
import tare.data.Sha256;

/** Fetches from a server on this machine. */
class FetchTest {

  @TempDir private Path folder;
  private HttpServer server;
  private final Map<String, byte[]> served = Collections.synchronizedMap(new TreeMap<>());
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile int cutAfter = Integer.MAX_VALUE;
  private volatile boolean silent;
  private volatile boolean chunked;
  private volatile boolean trickling;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(exchange.getRequestURI().getPath() + (range == null ? "" : " " + range));
    byte[] all = served.get(exchange.getRequestURI().getPath());
    if (all == null) {
      exchange.sendResponseHeaders(404, -1);
      exchange.close();
      return;
    }
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (range != null) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (all.length - 1) + "/" + all.length);
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, chunked ? 0 : all.length - from);
    OutputStream body = exchange.getResponseBody();
    for (int i = 0; trickling && i < all.length - 1; i++) {
      body.write(all, i, 1);
      body.flush();
      pause();
    }
    body.write(all, from, Math.min(all.length - from, cutAfter));
    body.flush();
    if (silent) {
      return;
    }
    exchange.close();
  }

  private static void pause() {
    try {
      Thread.sleep(150);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String address(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Origin origin(String file, String content, List<String> from, String... member) {
    return new Origin(
        "it", from, List.of(member), file, Sha256.hex(content), bytes(content).length, "MIT", "");
  }

  private List<Path> fetch(Origin... origins) throws IOException, InterruptedException {
    return new Fetch(List.of(origins), folder, Carrier.of("no-python", "no-maven", ""))
        .fetch("it", Progress.NONE);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private static byte[] zip(Map<String, String> members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, String> member : members.entrySet()) {
        zip.putNextEntry(new ZipEntry(member.getKey()));
        zip.write(bytes(member.getValue()));
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] tarGz(Map<String, String> members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      for (Map.Entry<String, String> member : members.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(member.getKey());
        entry.setSize(bytes(member.getValue()).length);
        tar.putArchiveEntry(entry);
        tar.write(bytes(member.getValue()));
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void downloadsOnceAndThenDoesNothing() throws Exception {
    served.put("/a.txt", bytes("hello"));
    Origin origin = origin("models/a.txt", "hello", List.of(address("/a.txt")));
    assertThat(fetch(origin)).containsExactly(folder.resolve("models/a.txt"));
    fetch(origin);
    assertThat(asked).containsExactly("/a.txt");
    assertThat(files()).containsExactly("models/a.txt");
    assertThat(folder.resolve("models/a.txt")).hasContent("hello");
  }

  @Test
  void fetchesAgainWhatWasDamagedOnDisk() throws Exception {
    served.put("/a.txt", bytes("hello"));
    Origin origin = origin("a.txt", "hello", List.of(address("/a.txt")));
    fetch(origin);
    Files.writeString(folder.resolve("a.txt"), "jello");
    fetch(origin);
    assertThat(folder.resolve("a.txt")).hasContent("hello");
  }

  @Test
  void goesOnWhereAConnectionEnded() throws Exception {
    String content = "0123456789".repeat(20_000);
    served.put("/big.txt", bytes(content));
    Origin origin = origin("big.txt", content, List.of(address("/big.txt")));
    cutAfter = 150_000;
    assertThatThrownBy(() -> fetch(origin))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Try again: the download continues from there");
    assertThat(files()).singleElement().asString().endsWith("big.txt.part");
    cutAfter = Integer.MAX_VALUE;
    fetch(origin);
    assertThat(asked.get(asked.size() - 1))
        .startsWith("/big.txt bytes=")
        .isNotEqualTo("/big.txt bytes=0-");
    assertThat(folder.resolve("big.txt")).hasContent(content);
    assertThat(files()).containsExactly("big.txt");
  }

  @Test
  void doesNotWaitForeverForAServerThatFallsSilent() throws Exception {
    served.put("/a.txt", bytes("hello"));
    cutAfter = 2;
    silent = true;
    Fetch fetch =
        new Fetch(
            List.of(origin("a.txt", "hello", List.of(address("/a.txt")))),
            folder,
            new WebCarrier(Duration.ofMillis(300), Duration.ofHours(1), ""));
    assertThatThrownBy(() -> fetch.fetch("it", Progress.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("sent nothing more after 2 bytes");
  }

  @Test
  void aPackageThatIsTooLargeOrTooSlowIsStopped() throws Exception {
    assumeFalse(System.getProperty("os.name").startsWith("Windows"));
    Path python = folder.resolve("python");
    Files.writeString(python, "#!/bin/sh\nhead -c 100000 /dev/zero > \"$TMPDIR/x\"; sleep 60\n");
    assertThat(python.toFile().setExecutable(true)).isTrue();
    PackageCarrier slow = new PackageCarrier(python.toString(), "mvn", Duration.ofMillis(1));
    assertThatThrownBy(() -> slow.bring("pypi:a==1", 1_000_000, folder, Progress.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("took more than 0 minutes");
    PackageCarrier large = new PackageCarrier(python.toString(), "mvn", Duration.ofHours(1));
    assertThatThrownBy(() -> large.bring("pypi:a==1", 1000, folder, Progress.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("brings more than 1000 bytes");
    assertThat(files()).containsExactly("python");
  }

  @Test
  void aWrongChecksumNamesFileExpectedAndFound() throws Exception {
    served.put("/a.txt", bytes("jello"));
    Origin origin = origin("a.txt", "hello", List.of(address("/a.txt")));
    assertThatThrownBy(() -> fetch(origin))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.txt")
        .hasMessageContaining(Sha256.hex("hello"))
        .hasMessageContaining(Sha256.hex("jello"))
        .hasMessageContaining("try again");
    assertThat(files()).isEmpty();
  }

  @Test
  void neverWritesMoreThanTheTableSays() throws Exception {
    served.put("/bomb.zip", zip(Map.of("m", "x".repeat(1_000_000))));
    Origin origin = origin("m", "xx", List.of(address("/bomb.zip")), "m");
    assertThatThrownBy(() -> fetch(origin)).hasMessageContaining("larger than 2 bytes");
    assertThat(files()).isEmpty();
  }

  @Test
  void takesOnlyTheWantedMembersOfATarArchiveAndDeletesIt() throws Exception {
    served.put("/a.tar.gz", tarGz(new TreeMap<>(Map.of("p/a", "A", "p/b", "B", "p/c", "C"))));
    List<String> from = List.of(address("/a.tar.gz"));
    fetch(origin("t/b.txt", "B", from, "p/b"), origin("t/c.txt", "C", from, "p/c"));
    assertThat(asked).containsExactly("/a.tar.gz");
    assertThat(files()).containsExactly("t/b.txt", "t/c.txt");
  }

  @Test
  void membersWithPathsUpwardsStayWhereTheTableSays() throws Exception {
    Path outside = folder.resolveSibling("evil");
    served.put("/a.zip", zip(new TreeMap<>(Map.of("../evil", "E", "good", "G"))));
    served.put("/a.tar.gz", tarGz(new TreeMap<>(Map.of("../evil", "E", "good", "G"))));
    for (String archive : List.of("/a.zip", "/a.tar.gz")) {
      fetch(
          origin("g" + archive, "G", List.of(address(archive)), "good"),
          origin("inside" + archive, "E", List.of(address(archive)), "../evil"));
    }
    assertThat(outside).doesNotExist();
    assertThat(files())
        .containsExactlyInAnyOrder("g/a.zip", "inside/a.zip", "g/a.tar.gz", "inside/a.tar.gz");
  }

  @Test
  void joinsPartsInOrder() throws Exception {
    served.put("/1.whl", zip(Map.of("d/1", "first ")));
    served.put("/2.whl", zip(Map.of("d/2", "second")));
    Origin origin =
        origin(
            "m.gguf", "first second", List.of(address("/1.whl"), address("/2.whl")), "d/1", "d/2");
    fetch(origin);
    assertThat(folder.resolve("m.gguf")).hasContent("first second");
  }

  @Test
  void aLostPartKeepsTheOthersForTheNextTry() throws Exception {
    served.put("/1.whl", zip(Map.of("d/1", "first ")));
    Origin origin =
        origin(
            "m.gguf", "first second", List.of(address("/1.whl"), address("/2.whl")), "d/1", "d/2");
    assertThatThrownBy(() -> fetch(origin)).hasMessageContaining("status 404");
    served.put("/2.whl", zip(Map.of("d/2", "second")));
    fetch(origin);
    assertThat(asked).containsExactly("/1.whl", "/2.whl", "/2.whl");
  }

  private Origin threeParts() {
    List<String> addresses = List.of(address("/1.whl"), address("/2.whl"), address("/3.whl"));
    return origin("m.gguf", "first second third", addresses, "d/1", "d/2", "d/3");
  }

  @Test
  void aDamagedPartIsNamedAndDownloadedAgainAlone() throws Exception {
    served.put("/1.whl", zip(Map.of("d/1", "first ")));
    served.put("/2.whl", Arrays.copyOf(zip(Map.of("d/2", "second ")), 40));
    served.put("/3.whl", zip(Map.of("d/3", "third")));
    assertThatThrownBy(() -> fetch(threeParts()))
        .hasMessageContaining("2.whl is damaged or incomplete");
    assertThat(folder.resolve("m.gguf")).doesNotExist();
    served.put("/2.whl", zip(Map.of("d/other", "second ")));
    assertThatThrownBy(() -> fetch(threeParts())).hasMessageContaining("2.whl does not hold d/2");
    served.put("/2.whl", zip(Map.of("d/2", "second ")));
    fetch(threeParts());
    assertThat(folder.resolve("m.gguf")).hasContent("first second third");
    assertThat(asked).containsExactly("/1.whl", "/2.whl", "/3.whl", "/2.whl", "/2.whl");
    assertThat(files()).containsExactly("m.gguf");
  }

  @Test
  void partsThatAreWholeButNotTheTablesAreAllDeleted() throws Exception {
    served.put("/1.whl", zip(Map.of("d/1", "first ")));
    served.put("/2.whl", zip(Map.of("d/2", "2nd-nd ")));
    served.put("/3.whl", zip(Map.of("d/3", "third")));
    assertThatThrownBy(() -> fetch(threeParts()))
        .hasMessageContaining("m.gguf is not the file that was expected")
        .hasMessageContaining("/2.whl");
    assertThat(files()).isEmpty();
  }

  @Test
  void aFetchThatWasKilledAnywhereGoesOnWithThePartsThatItHas() throws Exception {
    for (int part = 1; part <= 3; part++) {
      served.put(
          "/" + part + ".whl",
          zip(Map.of("d/" + part, List.of("first ", "second ", "third").get(part - 1))));
    }
    List<String> addresses = threeParts().addresses();
    // killed while pip brought the second part, and while an earlier call joined the parts
    Files.write(
        Files.createDirectories(place(addresses.get(0))).resolve("1.whl"), served.get("/1.whl"));
    Files.write(
        Files.createDirectories(place(addresses.get(1)).resolve("work1")).resolve("2.whl"),
        bytes("half"));
    Files.writeString(folder.resolve("m.gguf.part"), "first sec");
    fetch(threeParts());
    assertThat(asked).containsExactly("/2.whl", "/3.whl");
    assertThat(folder.resolve("m.gguf")).hasContent("first second third");
    // killed after the file had its name, before the downloads were deleted
    Files.write(
        Files.createDirectories(place(addresses.get(2))).resolve("3.whl"), served.get("/3.whl"));
    fetch(threeParts());
    assertThat(asked).hasSize(2);
    assertThat(files()).containsExactly("m.gguf");
  }

  private Path place(String address) {
    return folder.resolve("incoming").resolve(Sha256.hex(address).substring(0, 16));
  }

  @Test
  void saysWhichMemberAnArchiveLacks() throws Exception {
    served.put("/a.zip", zip(Map.of("m", "M")));
    Origin origin = origin("n", "N", List.of(address("/a.zip")), "n");
    assertThatThrownBy(() -> fetch(origin)).hasMessageContaining("does not hold n");
  }

  @Test
  void aDamagedArchiveIsAnError() throws Exception {
    byte[] whole = tarGz(Map.of("m", "M".repeat(5000)));
    served.put("/a.tar.gz", Arrays.copyOf(whole, whole.length / 2));
    byte[] zip = zip(Map.of("m", "M".repeat(5000)));
    served.put("/a.zip", Arrays.copyOf(zip, zip.length / 2));
    byte[] changed = zip.clone();
    Arrays.fill(changed, 36, 44, (byte) 0x5a);
    served.put("/b.jar", changed);
    served.put("/c.tgz", bytes("<html>not found</html>"));
    for (String archive : List.of("/a.tar.gz", "/a.zip", "/b.jar", "/c.tgz")) {
      Origin origin = origin("m", "M".repeat(5000), List.of(address(archive)), "m");
      assertThatThrownBy(() -> fetch(origin))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(archive.substring(1) + " is damaged or incomplete")
          .hasMessageContaining("fetch it again");
      assertThat(folder.resolve("m")).doesNotExist();
    }
  }

  @Test
  void stopsTenPercentAboveTheTablesSize() throws Exception {
    served.put("/a.txt", bytes("x".repeat(300_000)));
    Origin origin = origin("a.txt", "x".repeat(100_000), List.of(address("/a.txt")));
    assertThatThrownBy(() -> fetch(origin)).hasMessageContaining("sends more than 110000 bytes");
    assertThat(files()).isEmpty();
    // a server that does not say how much it sends
    chunked = true;
    assertThatThrownBy(() -> fetch(origin)).hasMessageContaining("sends more than 110000 bytes");
    assertThat(files()).isEmpty();
  }

  @Test
  void aTricklingServerMeetsTheDeadline() {
    served.put("/a.txt", bytes("hello"));
    trickling = true;
    Fetch fetch =
        new Fetch(
            List.of(origin("a.txt", "hello", List.of(address("/a.txt")))),
            folder,
            new WebCarrier(Duration.ofSeconds(5), Duration.ofMillis(200), ""));
    assertThatThrownBy(() -> fetch.fetch("it", Progress.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bytes in 0 minutes")
        .hasMessageContaining("continues from there");
  }

  @Test
  void copiesFromAFileAddressAndLeavesTheOriginal() throws Exception {
    Path elsewhere = Files.writeString(folder.resolve("mine.txt"), "hello");
    fetch(origin("out/a.txt", "hello", List.of(elsewhere.toUri().toString())));
    assertThat(files()).containsExactly("mine.txt", "out/a.txt");
  }

  @Test
  void saysWhatIsMissingOrUnknown() {
    assertThatThrownBy(() -> fetch(origin("a", "A", List.of("pypi:a==1"))))
        .hasMessageContaining("Cannot run 'no-python'");
    assertThatThrownBy(() -> fetch(origin("a", "A", List.of("maven:g:a:1:sources"))))
        .hasMessageContaining("Cannot run 'no-maven'");
    assertThatThrownBy(() -> fetch(origin("a", "A", List.of("pypi:a==1 --index x"))))
        .hasMessageContaining("neither pypi:name==version nor");
    assertThatThrownBy(() -> fetch(origin("a", "A", List.of("ftp://x/a.txt"))))
        .hasMessageContaining("must begin with pypi:");
    Fetch fetch = new Fetch(List.of(), folder, Carrier.of("p", "m", ""));
    assertThatThrownBy(() -> fetch.fetch("nothing", Progress.NONE))
        .hasMessageContaining("No model or data set is called 'nothing'");
  }

  private Origin unseen() {
    return new Origin(
        "it", List.of(address("/data/test.jsonl")), List.of(), "t/test.jsonl", "", 0, "MIT", "");
  }

  @Test
  void whatIsNotKnownIsNotedAtFirstSightAndHoldsFromThenOn() throws Exception {
    served.put("/data/test.jsonl", bytes("one"));
    fetch(unseen());
    assertThat(folder.resolve("t/test.jsonl.sha256"))
        .hasContent(Sha256.hex("one") + "  test.jsonl\n");
    fetch(unseen());
    assertThat(asked).as("a second call does nothing").containsExactly("/data/test.jsonl");

    Files.delete(folder.resolve("t/test.jsonl"));
    served.put("/data/test.jsonl", bytes("two"));
    assertThatThrownBy(() -> fetch(unseen()))
        .hasMessageContaining(Sha256.hex("one"))
        .hasMessageContaining("has changed");
    Files.writeString(folder.resolve("t/test.jsonl"), "spoiled");
    assertThat(unseen().isIn(folder)).isFalse();
    served.put("/data/test.jsonl", bytes("one"));
    fetch(unseen());
    assertThat(folder.resolve("t/test.jsonl")).hasContent("one");
  }

  @Test
  void aFirstDownloadOfTheWrongSizeIsNotNoted() throws Exception {
    Origin three =
        new Origin("it", List.of(address("/a")), List.of(), "t/a.jsonl", "", 3, "MIT", "");
    served.put("/a", bytes("no"));
    assertThatThrownBy(() -> fetch(three)).hasMessageContaining("needs a new address, size");
    assertThat(files()).isEmpty();
    served.put("/a", bytes("yes"));
    fetch(three);
    assertThat(folder.resolve("t/a.jsonl")).hasContent("yes");
  }

  @Test
  void aMirrorIsAskedInsteadAndTakesUpWhatAnInterruptedDownloadLeft() throws Exception {
    Origin origin =
        new Origin(
            "it",
            List.of("https://example.org/data/test.jsonl"),
            List.of(),
            "t/test.jsonl",
            "",
            0,
            "MIT",
            "");
    served.put("/mirror/example.org/data/test.jsonl", bytes("0123456789"));
    Carrier mirrored = Carrier.of("no-python", "no-maven", address("/mirror/"));
    Fetch fetch = new Fetch(List.of(origin), folder, mirrored);
    cutAfter = 4;
    assertThatThrownBy(() -> fetch.fetch("it", Progress.NONE)).hasMessageContaining("continues");
    cutAfter = Integer.MAX_VALUE;
    fetch.fetch("it", Progress.NONE);
    assertThat(folder.resolve("t/test.jsonl")).hasContent("0123456789");
    assertThat(asked)
        .containsExactly(
            "/mirror/example.org/data/test.jsonl", "/mirror/example.org/data/test.jsonl bytes=4-");
  }

  @Test
  void aFolderCanBeTheMirror() throws Exception {
    Path mirror = Files.createDirectories(folder.resolve("mirror/example.org"));
    Files.writeString(mirror.resolve("a.txt"), "A");
    Origin origin = origin("out/a.txt", "A", List.of("https://example.org/a.txt"));
    Carrier mirrored = Carrier.of("no", "no", folder.resolve("mirror").toUri().toString());
    new Fetch(List.of(origin), folder, mirrored).fetch("it", Progress.NONE);
    assertThat(folder.resolve("out/a.txt")).hasContent("A");
  }
}
