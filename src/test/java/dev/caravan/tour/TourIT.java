package dev.caravan.tour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caravan.fixture.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The pages that a newcomer follows, typed line by line. */
@Timeout(300)
class TourIT {
    @BeforeAll
    static void findTools() {
        assumeTrue(Commands.find("bash").isPresent(), "not installed: bash");
        assumeTrue(Commands.find("curl").isPresent(), "not installed: curl");
    }

    @Test
    void eachLineOfTheTutorialDoesWhatItShows() throws IOException {
        assertThat(walk("docs/tutorial/ten-minutes.md", "## Start a node", "## Chat"))
                .hasSizeGreaterThan(25);
    }

    @Test
    void eachLineOfTheReadmeDoesWhatItShows() throws IOException {
        assertThat(walk("README.md", "## Two commands", "## Where to go next")).hasSizeGreaterThan(7);
    }

    private static List<TourStep> walk(String page, String from, String to) throws IOException {
        List<TourStep> steps = TourStep.of(Files.readString(Path.of(page)), from, to);
        try (Tour tour = new Tour()) {
            steps.forEach(tour::walk);
            tour.end();
        }
        return steps;
    }
}
