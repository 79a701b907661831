package dev.caravan.embedded;

import dev.caravan.node.StartRefused;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * The one place where the embedded parts of this process keep files: {@code caravan-<user>/<pid>-<start>} below the
 * temporary directory, readable by its owner alone, deleted on close.
 *
 * <p>As long as it is open it holds a file lock, which the system drops with the process. {@link StaleRunDirectories} clears
 * what a killed process left behind as soon as another process opens a directory.
 */
final class RunDirectory implements AutoCloseable {
    /** Locked by the owner for as long as it lives. */
    static final String LOCK = "owner.lock";

    private static final Logger LOG = LoggerFactory.getLogger(RunDirectory.class);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path path;
    private final FileChannel lock;

    private RunDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** As {@link #open(Path)}, below {@code java.io.tmpdir}. */
    static RunDirectory open() {
        return open(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /**
     * Clears what dead processes left, then makes a directory for this one.
     *
     * @param temporary an existing directory, shared with other users or not
     * @throws StartRefused if {@code caravan-<user>} there is a link, a file or another user's, or cannot be made
     */
    static RunDirectory open(Path temporary) {
        try {
            Path home = home(temporary.toRealPath());
            RunDirectory directory = create(home);
            directory.requireSameOwner(home);
            new StaleRunDirectories(home).clear();
            return directory;
        } catch (IOException e) {
            throw new StartRefused(
                    "The embedded broker and Redis cannot keep files below " + temporary + " (" + e.getMessage()
                            + "). Name another directory: java -Djava.io.tmpdir=DIR -jar …",
                    e);
        }
    }

    /** The directory: absolute, without symbolic links. */
    Path path() {
        return path;
    }

    /** Deletes the directory and all its files; the next process deletes a file that cannot be deleted now. */
    @Override
    public void close() {
        try {
            lock.close();
            delete(path);
        } catch (IOException e) {
            LOG.debug("Could not delete {}; the next node deletes it", path, e);
        }
    }

    /** Deletes a directory and its content, links themselves instead of what they point to. */
    static void delete(Path directory) throws IOException {
        try {
            FileSystemUtils.deleteRecursively(directory);
        } catch (NoSuchFileException e) {
            LOG.trace("Another process deletes {} too", directory, e);
            delete(directory);
        }
    }

    private static Path home(Path temporary) throws IOException {
        String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
        Path home = temporary.resolve("caravan-" + user);
        try {
            Files.createDirectory(home, ownerOnly(home));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)) {
                throw new StartRefused(
                        home + " is not a directory. Remove it, or name another: java -Djava.io.tmpdir=DIR -jar …", e);
            }
        }
        return home;
    }

    private static RunDirectory create(Path home) throws IOException {
        for (int n = 1; ; n++) {
            Path path = home.resolve(RunDirectoryOwner.self().directoryName(n));
            try {
                Files.createDirectory(path, ownerOnly(path));
                FileChannel lock =
                        FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                lock.lock();
                return new RunDirectory(path, lock);
            } catch (FileAlreadyExistsException e) {
                LOG.trace("This process uses {} already", path, e);
            }
        }
    }

    /** Another user who owned the parent directory could replace this one. */
    private void requireSameOwner(Path home) throws IOException {
        if (!Files.getOwner(home, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(path))) {
            close();
            throw new StartRefused(home + " belongs to another user. Remove it, or name another directory:"
                    + " java -Djava.io.tmpdir=DIR -jar …");
        }
        if (isPosix(home)) {
            Files.setPosixFilePermissions(home, OWNER_ONLY);
        }
    }

    private static FileAttribute<?>[] ownerOnly(Path path) {
        return isPosix(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
