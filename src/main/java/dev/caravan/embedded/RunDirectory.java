package dev.caravan.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where the embedded parts of this process keep files: {@code caravan-<user>/<pid>-<start>} below the
 * temporary directory, readable by its owner alone, deleted on close.
 *
 * <p>As long as it is open it holds a file lock, which the system drops with the process. What a killed process left
 * behind is cleared by the next one that opens a directory: see {@link StaleRunDirectories}.
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
     * @throws EmbeddedStartException if {@code caravan-<user>} there is a link, a file or another user's, or cannot be made
     */
    static RunDirectory open(Path temporary) {
        try {
            Path home = home(temporary.toRealPath());
            RunDirectory directory = create(home);
            directory.requireSameOwner(home);
            new StaleRunDirectories(home).clear();
            return directory;
        } catch (IOException e) {
            throw new EmbeddedStartException(
                    "The embedded broker and Redis cannot keep files below " + temporary + " (" + e.getMessage()
                            + "). Name another directory: java -Djava.io.tmpdir=DIR -jar …",
                    e);
        }
    }

    /** Where it is: absolute, without symbolic links. */
    Path path() {
        return path;
    }

    /** Deletes the directory with all that is in it; a file that cannot be deleted is left to the next process. */
    @Override
    public void close() {
        try {
            lock.close();
            delete(path);
        } catch (IOException e) {
            LOG.debug("{} is left to the next node", path, e);
        }
    }

    /** Deletes a directory and its content, links themselves instead of what they point to. */
    static void delete(Path directory) throws IOException {
        try {
            Files.walkFileTree(directory, new Deletion());
        } catch (NoSuchFileException e) {
            LOG.trace("{} went away meanwhile", directory, e);
        }
    }

    private static Path home(Path temporary) throws IOException {
        String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9._-]", "_");
        Path home = temporary.resolve("caravan-" + user);
        try {
            Files.createDirectory(home, ownerOnly(home));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(home, LinkOption.NOFOLLOW_LINKS)) {
                throw new EmbeddedStartException(
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
                LOG.trace("{} is in use by this process", path, e);
            }
        }
    }

    /** A home that somebody else made could be swapped under our feet. */
    private void requireSameOwner(Path home) throws IOException {
        if (!Files.getOwner(home, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(path))) {
            close();
            throw new EmbeddedStartException(
                    home + " belongs to another user. Remove it, or name another directory:"
                            + " java -Djava.io.tmpdir=DIR -jar …",
                    null);
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

    /** Deletes from the leaves up; does not mind that another process deletes the same. */
    private static final class Deletion extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException e) throws IOException {
            if (e != null && !(e instanceof NoSuchFileException)) {
                throw e;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
