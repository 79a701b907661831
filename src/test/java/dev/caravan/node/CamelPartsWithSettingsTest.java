package dev.caravan.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.camel.component.direct.springboot.DirectComponentAutoConfiguration;
import org.apache.camel.component.platform.http.springboot.PlatformHttpComponentAutoConfiguration;
import org.apache.camel.component.redis.springboot.RedisComponentAutoConfiguration;
import org.apache.camel.component.redis.springboot.RedisComponentConverter;
import org.apache.camel.component.springrabbit.springboot.SpringRabbitMQComponentAutoConfiguration;
import org.apache.camel.component.springrabbit.springboot.SpringRabbitMQComponentConverter;
import org.apache.camel.dataformat.csv.springboot.CsvDataFormatAutoConfiguration;
import org.apache.camel.language.jq.springboot.JqLanguageAutoConfiguration;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.apache.camel.spring.boot.vault.AwsVaultAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.gson.GsonAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.type.classreading.SimpleMetadataReaderFactory;

class CamelPartsWithSettingsTest {
    private final StandardEnvironment environment = new StandardEnvironment();

    @Test
    void leavesOutWhatHasNoSettings() {
        assertThat(isIn(DirectComponentAutoConfiguration.class)).isFalse();
        assertThat(isIn(JqLanguageAutoConfiguration.class)).isFalse();
        assertThat(isIn(CsvDataFormatAutoConfiguration.class)).isFalse();
        assertThat(isIn(RedisComponentConverter.class)).isFalse();
        assertThat(isIn(AwsVaultAutoConfiguration.class)).isFalse();
    }

    @Test
    void letsInWhatHasASetting() {
        TestPropertyValues.of(
                        "camel.component.direct.timeout=3000",
                        "camel.language.jq.trim=false",
                        "camel.dataformat.csv.delimiter=;",
                        "camel.vault.aws.region=x")
                .applyTo(environment);

        assertThat(isIn(DirectComponentAutoConfiguration.class)).isTrue();
        assertThat(isIn(JqLanguageAutoConfiguration.class)).isTrue();
        assertThat(isIn(CsvDataFormatAutoConfiguration.class)).isTrue();
        assertThat(isIn(AwsVaultAutoConfiguration.class)).isTrue();
        assertThat(isIn(RedisComponentAutoConfiguration.class)).isFalse();
    }

    @Test
    void letsTheConverterInWithItsComponent() {
        TestPropertyValues.of("camel.component.spring-rabbitmq.message-converter=#mine")
                .applyTo(environment);

        assertThat(isIn(SpringRabbitMQComponentAutoConfiguration.class)).isTrue();
        assertThat(isIn(SpringRabbitMQComponentConverter.class)).isTrue();
        assertThat(isIn(RedisComponentConverter.class)).isFalse();
    }

    @Test
    void seesTheEnvironmentOfTheProcess() {
        environment
                .getPropertySources()
                .addFirst(new SystemEnvironmentPropertySource(
                        "systemEnvironment", Map.of("CAMEL_COMPONENT_SPRINGRABBITMQ_AUTODECLARE", "true")));

        assertThat(isIn(SpringRabbitMQComponentAutoConfiguration.class)).isTrue();
    }

    @Test
    void leavesEverythingElseAlone() {
        assertThat(isIn(GsonAutoConfiguration.class)).isTrue();
        assertThat(isIn(CamelAutoConfiguration.class)).isTrue();
        assertThat(isIn(PlatformHttpComponentAutoConfiguration.class)).isTrue();
        assertThat(filter().match(new String[] {null, "org.apache.camel.NoSuchClass"}, null))
                .containsExactly(true, true);
    }

    /** Otherwise a new version of Camel may say it in another way, and everything is in again without a word. */
    @Test
    void knowsTheSettingsOfEveryPartOfCamel() {
        SimpleMetadataReaderFactory readers = new SimpleMetadataReaderFactory();
        List<String> parts = ImportCandidates.load(AutoConfiguration.class, null).getCandidates().stream()
                .filter(name -> name.matches(
                        ".*\\.(\\w+(Component|Language|DataFormat)(AutoConfiguration|Converter)|vault\\.\\w+)"))
                .filter(name -> name.startsWith("org.apache.camel."))
                .filter(name -> !name.endsWith(".PlatformHttpComponentAutoConfiguration"))
                .toList();

        assertThat(parts).hasSizeGreaterThan(40).allSatisfy(name -> assertThat(
                        CamelPartsWithSettings.settingsOf(name, readers))
                .matches("camel\\.(component\\.|language\\.|dataformat\\.|vault).*"));
    }

    private boolean isIn(Class<?> part) {
        return filter().match(new String[] {part.getName()}, null)[0];
    }

    private CamelPartsWithSettings filter() {
        CamelPartsWithSettings filter = new CamelPartsWithSettings();
        filter.setBeanClassLoader(getClass().getClassLoader());
        filter.setEnvironment(environment);
        return filter;
    }
}
