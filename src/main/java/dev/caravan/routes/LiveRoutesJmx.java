package dev.caravan.routes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.springframework.context.annotation.Bean;
import org.springframework.jmx.export.MBeanExporter;
import org.springframework.jmx.support.RegistrationPolicy;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponseException;

/** The live routes for JMX. */
@Component
final class LiveRoutesJmx implements LiveRoutesMXBean {
    static final String NAME = "dev.caravan:type=LiveRoutes";
    private static final String BY = "JMX";

    private final RoutesConfiguration live;
    private final RoutesEditor editor;

    LiveRoutesJmx(RoutesConfiguration live, RoutesEditor editor) {
        this.live = live;
        this.editor = editor;
    }

    /** Exports this bean alone: one that looks through all beans would slow the start. */
    @Bean
    static MBeanExporter liveRoutesExporter(LiveRoutesJmx live) {
        MBeanExporter exporter = new MBeanExporter();
        exporter.setServer(ManagementFactory.getPlatformMBeanServer());
        exporter.setBeans(Map.of(NAME, live));
        exporter.setRegistrationPolicy(RegistrationPolicy.IGNORE_EXISTING); // another application in this JVM was first
        return exporter;
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
        return withMessage(() -> editor.check(file, text.getBytes(UTF_8), false, BY));
    }

    @Override
    public String rollback(String file, String revision) {
        return withMessage(() -> editor.rollBack(file, revision, BY));
    }

    /** A console has no classes of Caravan: a failure becomes its message. */
    private static String withMessage(Callable<RoutesEditor.Edit> work) {
        try {
            return work.call().change().toString();
        } catch (ErrorResponseException e) {
            throw new IllegalArgumentException(e.getBody().getDetail());
        } catch (Exception e) {
            throw new IllegalArgumentException(e.getMessage());
        }
    }
}
