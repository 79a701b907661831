package dev.caravan.tour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caravan.fixture.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The README's tour, from its start to the chapter on production, as a reader types it. */
@Timeout(300)
class ReadmeIT {
    @Test
    void eachLineOfTheTourDoesWhatTheReadmeShows() throws IOException {
        assumeTrue(Commands.find("bash").isPresent(), "not installed: bash");
        assumeTrue(Commands.find("curl").isPresent(), "not installed: curl");
        List<TourStep> steps = TourStep.of(Files.readString(Path.of("README.md")), "## Ten minutes", "## Production");
        assertThat(steps).hasSizeGreaterThan(25);

        try (Tour tour = new Tour()) {
            steps.forEach(tour::walk);
            tour.end();
        }
    }
}
