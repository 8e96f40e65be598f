package tare.data.fetch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import tare.data.Progress;

/** Downloads the file that an address names into a folder. */
@FunctionalInterface
public interface Carrier {

  /**
   * Downloads one file.
   *
   * @param address for instance {@code pypi:name==version}
   * @param most the largest number of bytes to receive; a longer download is stopped
   * @param folder an existing folder for this address alone; what an interrupted call left there is
   *     used if possible
   * @return the complete file, in {@code folder}
   * @throws IOException if the address does not exist, cannot be reached, sends too much or takes
   *     too long, or the disk is full
   * @throws InterruptedException if the thread is interrupted; nothing goes on in the background
   */
  Path bring(String address, long most, Path folder, Progress progress)
      throws IOException, InterruptedException;

  /**
   * A carrier for every kind of address. It fetches {@code pypi:} by pip and {@code maven:} by
   * Maven, so that their settings, mirrors and proxies apply. It fetches {@code https:}, {@code
   * http:} and {@code file:} directly.
   *
   * @param python the command or path of the Python that runs pip
   * @param maven the Maven command, for instance {@code mvn}
   * @param mirror an {@code https:}, {@code http:} or {@code file:} address; web files are then
   *     fetched from {@code <mirror>/host/path}; empty for no mirror
   */
  static Carrier of(String python, String maven, String mirror) {
    Duration whole = Duration.ofHours(6);
    PackageCarrier packages = new PackageCarrier(python, maven, whole);
    WebCarrier web = new WebCarrier(Duration.ofSeconds(60), whole, mirror);
    return (address, most, folder, progress) ->
        address.startsWith("pypi:") || address.startsWith("maven:")
            ? packages.bring(address, most, folder, progress)
            : web.bring(address, most, folder, progress);
  }
}
