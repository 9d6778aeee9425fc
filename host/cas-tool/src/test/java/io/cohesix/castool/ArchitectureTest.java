// The tool depends on the core, the 9P library and libraries, never on another tool; its rooms have one direction.
package io.cohesix.castool;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final JavaClasses TOOL =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.cohesix.castool");

  @Test
  void theToolDependsOnTheCoreOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..", "org.jspecify..", "picocli..", "org.bouncycastle..", "io.cohesix.core..", "io.cohesix.secure9p..", "io.cohesix.castool..")
        .check(TOOL);
  }

  @Test
  void bundlesKnowNoNetworkAndNoCommandLine() {
    classes()
        .that()
        .resideInAPackage("io.cohesix.castool.bundle")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "org.jspecify..", "org.bouncycastle..", "io.cohesix.castool.bundle")
        .check(TOOL);
  }

  @Test
  void uploadsKnowNoCommandLineAndNoKeys() {
    noClasses()
        .that()
        .resideInAPackage("io.cohesix.castool.upload")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "org.bouncycastle..", "io.cohesix.castool")
        .check(TOOL);
  }

  @Test
  void bouncyCastleStaysWithBundles() {
    noClasses().that().resideOutsideOfPackage("..bundle").should().dependOnClassesThat().resideInAnyPackage("org.bouncycastle..").check(TOOL);
  }
}
