// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.sol";
import {RewardsHandler} from "./RewardsHandler.sol";
import {StakingHandler} from "./StakingHandler.sol";

contract RewardsInvariantTest is Base {
    RewardsHandler private handler;

    function setUp() public {
        handler = new RewardsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_R1_Solvent() public view {
        handler.checkSolvent();
    }

    function invariant_R2_Paid() public view {
        handler.checkPaid();
    }

    function invariant_R3_OwnFundsOnly() public view {
        handler.checkOwnFunds();
    }
}

contract StakingInvariantTest is Base {
    StakingHandler private handler;

    function setUp() public {
        handler = new StakingHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_S1_Solvent() public view {
        handler.checkSolvent();
    }

    function invariant_S2_Conserved() public view {
        handler.checkConserved();
    }
}
