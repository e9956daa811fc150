// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StakingBase} from "./StakingBase.sol";
import {IStaking} from "../../src/IStaking.sol";
import {PrivToken} from "../../src/PrivToken.sol";
import {Staking} from "../../src/Staking.sol";

contract StakingConstructorTest is StakingBase {
    function test_ZeroToken() public {
        vm.expectRevert(IStaking.ZeroToken.selector);
        new Staking(PrivToken(address(0)));
    }

    function test_Constructor() public view {
        vm.assertEq(address(staking.TOKEN()), address(token));
        vm.assertEq(staking.COOLDOWN(), 7 days);
        (, string memory name, string memory version, uint256 chain, address verifier,,) = staking.eip712Domain();
        vm.assertEq(name, "privd Staking");
        vm.assertEq(version, "1");
        vm.assertEq(chain, block.chainid);
        vm.assertEq(verifier, address(staking));
    }
}
