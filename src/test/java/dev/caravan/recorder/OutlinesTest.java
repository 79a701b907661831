package dev.caravan.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.check.RouteOutline;
import dev.caravan.routes.check.RouteOutline.Step;
import dev.caravan.routes.recording.RecordedRoute;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutlinesTest {
    private static final String TEXT =
            """
            - route:
                id: job-a
                from:
                  uri: direct:job-a
                  steps:
                    - setBody:
                        simple: ${body}!
            """;

    @Test
    void linesAreThoseOfTheFile() {
        RouteOutline outline = Outlines.of(List.of(new RecordedRoute("job-a", "jobs/a.camel.yaml", "r", 12, TEXT)));

        assertThat(outline.routes()).hasSize(1);
        Step route = outline.routes().get(0);
        assertThat(route.line()).isEqualTo(12);
        assertThat(route.steps()).extracting(Step::kind).containsExactly("from", "setBody");
        assertThat(route.steps().get(1).line()).isEqualTo(17);
    }

    @Test
    void whatHasNoTextIsNotDrawn() {
        String cut = TEXT.substring(0, TEXT.indexOf("${")) + "\"";
        assertThat(Outlines.of(List.of(
                                new RecordedRoute("job-b", null, null, null, null),
                                new RecordedRoute("job-c", "jobs/c.camel.yaml", "r", 1, cut)))
                        .routes())
                .isEmpty();
    }
}
