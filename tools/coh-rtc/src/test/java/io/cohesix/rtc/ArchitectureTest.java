// The packages' only direction of arrows: manifest, hw, capacity and secrets, caps, validate, codegen, build, cli.
package io.cohesix.rtc;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.cohesix.rtc");

  @Test
  void packagesDependOnlyDownwards() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("manifest").definedBy("io.cohesix.rtc.manifest")
        .layer("capacity").definedBy("io.cohesix.rtc.capacity")
        .layer("hw").definedBy("io.cohesix.rtc.hw")
        .layer("caps").definedBy("io.cohesix.rtc.caps")
        .layer("secrets").definedBy("io.cohesix.rtc.secrets")
        .layer("validate").definedBy("io.cohesix.rtc.validate")
        .layer("codegen").definedBy("io.cohesix.rtc.codegen..")
        .layer("build").definedBy("io.cohesix.rtc.build")
        .layer("cli").definedBy("io.cohesix.rtc.cli")
        .whereLayer("manifest").mayNotAccessAnyLayer()
        .whereLayer("secrets").mayNotAccessAnyLayer()
        .whereLayer("capacity").mayOnlyAccessLayers("manifest")
        .whereLayer("hw").mayOnlyAccessLayers("manifest")
        .whereLayer("caps").mayOnlyAccessLayers("manifest", "capacity")
        .whereLayer("validate").mayOnlyAccessLayers("manifest", "hw", "capacity", "secrets")
        .whereLayer("codegen").mayOnlyAccessLayers("manifest", "hw", "capacity", "caps", "secrets")
        .whereLayer("build").mayOnlyAccessLayers("manifest", "capacity", "caps", "secrets", "validate", "codegen")
        .check(classes);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.cohesix.rtc.(**)").should().beFreeOfCycles().check(classes);
  }
}
