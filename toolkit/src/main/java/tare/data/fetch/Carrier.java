package tare.data.fetch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import tare.data.Progress;

/** Brings what an address names into a folder. */
@FunctionalInterface
public interface Carrier {

  /**
   * Downloads one file.
   *
   * @param address for instance {@code pypi:name==version}
   * @param folder an existing folder that is for this address alone; what an interrupted call left
   *     there is used if it can be
   * @return the whole file, in {@code folder}
   * @throws IOException if the address does not exist, the way there is closed or the disk is full
   * @throws InterruptedException if the thread is interrupted; nothing goes on in the background
   */
  Path bring(String address, Path folder, Progress progress)
      throws IOException, InterruptedException;

  /**
   * Carries every kind of address: {@code pypi:} by pip, {@code maven:} by Maven (so that their
   * settings, mirrors and proxies hold), {@code https:}, {@code http:} and {@code file:} directly.
   *
   * @param python the command or path of the Python that runs pip
   * @param maven the Maven command, for instance {@code mvn}
   * @param mirror where web addresses are looked for instead, {@code <mirror>/host/path}: an {@code
   *     https:}, {@code http:} or {@code file:} address; empty for none
   */
  static Carrier of(String python, String maven, String mirror) {
    PackageCarrier packages = new PackageCarrier(python, maven);
    WebCarrier web = new WebCarrier(Duration.ofSeconds(60), mirror);
    return (address, folder, progress) ->
        address.startsWith("pypi:") || address.startsWith("maven:")
            ? packages.bring(address, folder, progress)
            : web.bring(address, folder, progress);
  }
}
