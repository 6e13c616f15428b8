package dev.holdfast.testkit;

import dev.holdfast.platform.Platform;

class FakePlatformContractTest extends PlatformContract {
  private final Platform platform = new FakeKernel().start("contract").platform();

  @Override
  protected Platform platform() {
    return platform;
  }

  @Override
  protected String path(String name) {
    return "/tmp/" + name;
  }

  @Override
  protected String sharedName() {
    return "/contract";
  }
}
