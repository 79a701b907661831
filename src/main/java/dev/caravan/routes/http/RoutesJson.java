package dev.caravan.routes.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.caravan.routes.LiveRoutes;
import dev.caravan.routes.RouteRevision;
import dev.caravan.routes.RoutesConfiguration;
import dev.caravan.routes.RoutesEditor;
import dev.caravan.routes.SharedFigures;
import dev.caravan.routes.check.Completions;
import dev.caravan.routes.cluster.Draft;
import dev.caravan.routes.cluster.NodeFigures;
import dev.caravan.routes.cluster.NodeState;
import dev.caravan.routes.cluster.Publication;
import dev.caravan.routes.cluster.PublicationStore;
import dev.caravan.routes.cluster.PublicationStore.About;
import dev.caravan.routes.figures.RevisionFigures;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteProblem;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.RoutesDirectory;
import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.trial.TrialResult;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;

/** Routes and their files as JSON, for {@link RoutesApi} and {@link PublicationsApi}. What is not known is left out. */
final class RoutesJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .serializationInclusion(JsonInclude.Include.NON_NULL)
            .build();

    private RoutesJson() {}

    private record RouteList(List<RouteView> routes) {}

    private record RouteView(
            String id,
            String file,
            String description,
            String state,
            String revision,
            Instant since,
            Exchanges exchanges,
            String lastError) {}

    /** @param medianMicros of the times that they took; null without any */
    private record Exchanges(long total, long failed, int inFlight, Long medianMicros, Long p99Micros) {}

    /** @param partial whether those of other nodes could not be read */
    private record FiguresView(String id, List<NodeFigures> nodes, boolean partial) {}

    /** @param publication its number; null unless the files are those of the cluster */
    private record FileList(
            String directory,
            Long publication,
            boolean editable,
            boolean writable,
            boolean approval,
            List<FileView> files,
            List<RouteProblem> problems,
            List<RouteProblem> notices) {}

    /**
     * @param origin where the text that runs is from: the jar, or the directory
     * @param shipped whether a file of this name comes with Caravan
     * @param tests whether there are tests beside it
     */
    private record FileView(
            String file, String revision, List<String> routes, String origin, boolean shipped, boolean tests) {}

    private record PublicationList(long current, List<NodeState> nodes, List<About> publications) {}

    private record DraftList(List<Draft.About> drafts) {}

    private record History(String file, String revision, List<RoutesHistory.Entry> history) {}

    private record Formatted(String text) {}

    static String routes(CamelContext context, LiveRoutes live) {
        Map<String, String> files = new HashMap<>();
        live.files().values().forEach(file -> file.routes().forEach(route -> files.put(route.id(), file.name())));
        List<RouteView> routes = new ArrayList<>();
        for (Route route : context.getRoutes()) {
            RouteRevision revision = live.running().get(route.getRouteId());
            routes.add(revision == null ? inJava(route) : live(route, revision, files.get(route.getRouteId())));
        }
        routes.sort(Comparator.comparing(RouteView::id));
        return text(new RouteList(routes));
    }

    private static RouteView live(Route route, RouteRevision revision, String file) {
        RevisionFigures figures = revision.figures().now();
        return new RouteView(
                route.getRouteId(),
                file,
                route.getDescription(),
                state(route),
                revision.text().revision(),
                revision.since(),
                new Exchanges(
                        figures.total(),
                        figures.failed(),
                        revision.inFlight(),
                        figures.medianMicros(),
                        figures.p99Micros()),
                figures.lastError() == null ? null : figures.lastError().message());
    }

    static String figures(String id, SharedFigures.Known known) {
        return text(new FiguresView(id, known.nodes(), known.isPartial()));
    }

    private static RouteView inJava(Route route) {
        long up = route.getUptimeMillis();
        Instant since = up == 0 ? null : Instant.now().minusMillis(up).truncatedTo(ChronoUnit.SECONDS);
        return new RouteView(route.getRouteId(), null, route.getDescription(), state(route), null, since, null, null);
    }

    /** Null for a route that is being replaced just now. */
    private static String state(Route route) {
        var status = route.getCamelContext().getRouteController().getRouteStatus(route.getRouteId());
        return status == null ? null : status.name();
    }

    static String files(RoutesConfiguration live, RoutesEditor editor) {
        RoutesDirectory directory = live.directory();
        List<FileView> files = live.routes().files().values().stream()
                .map(file -> new FileView(
                        file.name(),
                        file.revision(),
                        file.routes().stream().map(RouteText::id).toList(),
                        directory == null || !directory.held().contains(file.name()) ? "packaged" : "directory",
                        live.shipped().contains(file.name()),
                        directory != null && directory.hasTests(file.name())))
                .toList();
        return text(new FileList(
                directory == null ? null : directory.path().toString(),
                live.publications() == null ? null : live.publication(),
                directory != null,
                editor.writable(),
                editor.approval(),
                files,
                live.problems(),
                directory == null ? List.of() : directory.notices()));
    }

    /** @param current the file as it is now; null if it was removed */
    static String history(String name, RouteFile current, List<RoutesHistory.Entry> entries) {
        return text(new History(name, current == null ? null : current.revision(), entries));
    }

    static String edit(RoutesEditor.Edit edit) {
        return text(edit);
    }

    static String publications(PublicationStore store) {
        return text(new PublicationList(store.current(), store.nodes(), store.all()));
    }

    static String publication(Publication publication) {
        return text(publication);
    }

    static String drafts(List<Draft.About> drafts) {
        return text(new DraftList(drafts));
    }

    static String draft(Draft draft) {
        return text(draft);
    }

    static String completions(Completions.Offer offer) {
        return text(offer);
    }

    static String checked(RoutesEditor.Checked checked) {
        return text(checked);
    }

    static String formatted(String file) {
        return text(new Formatted(file));
    }

    static String trial(TrialResult result) {
        return text(result);
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Values of our own have a JSON form", e);
        }
    }
}
