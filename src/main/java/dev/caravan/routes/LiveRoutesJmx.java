package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.caravan.routes.files.RoutesRejected;
import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Registers the live routes with JMX by hand: an exporter that looks through all beans would slow the start. */
@Component
final class LiveRoutesJmx implements LiveRoutesMXBean, DisposableBean {
    static final String NAME = "dev.caravan:type=LiveRoutes";
    private static final String BY = "JMX";

    private final RoutesConfiguration live;
    private final RoutesEditor editor;
    private boolean registered;

    LiveRoutesJmx(RoutesConfiguration live, RoutesEditor editor) {
        this.live = live;
        this.editor = editor;
    }

    @EventListener(ContextRefreshedEvent.class)
    synchronized void register() throws JMException {
        try {
            if (!registered) {
                ManagementFactory.getPlatformMBeanServer().registerMBean(this, new ObjectName(NAME));
                registered = true;
            }
        } catch (InstanceAlreadyExistsException e) {
            registered = false; // another application in this JVM was first
        }
    }

    @Override
    public synchronized void destroy() throws JMException {
        if (registered) {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(new ObjectName(NAME));
            registered = false;
        }
    }

    @Override
    public String getDirectory() {
        return live.directory() == null ? null : live.directory().path().toString();
    }

    @Override
    public boolean isWritable() {
        return editor.writable();
    }

    @Override
    public List<String> getFiles() {
        return live.routes().files().values().stream()
                .map(file -> file.name() + " " + file.revision())
                .toList();
    }

    @Override
    public List<String> getProblems() {
        return live.problems().stream()
                .map(problem -> problem.excerpt() == null ? problem.toString() : problem + " | " + problem.excerpt())
                .toList();
    }

    @Override
    public String check(String file, String text) {
        return withMessage(() -> editor.check(file, text.getBytes(UTF_8), BY));
    }

    @Override
    public String rollback(String file, String revision) {
        return withMessage(() -> editor.rollBack(file, revision, BY));
    }

    @FunctionalInterface
    private interface Work {
        RoutesEditor.Edit run() throws EditFailed, RoutesRejected;
    }

    /** A console has no classes of Caravan: a failure becomes its message. */
    private static String withMessage(Work work) {
        try {
            return work.run().change().toString();
        } catch (EditFailed | RoutesRejected e) {
            throw new IllegalArgumentException(e.getMessage());
        }
    }
}
