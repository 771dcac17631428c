OrleansGateway.Simulator.UpstreamSimulatorHost.Run(args);
